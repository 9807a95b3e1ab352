import { createBrowserRouter, type RouteObject } from 'react-router';
import { Gate } from './gate';
import { NotFoundPage } from './not-found-page';
import { RouteError } from './route-error';
import { SplashScreen } from './splash-screen';

const routes: RouteObject[] = [
  {
    ErrorBoundary: RouteError,
    HydrateFallback: SplashScreen,
    children: [
      {
        element: <Gate for="signed-out" />,
        children: [
          { path: '/login', lazy: async () => ({ Component: (await import('@/features/auth/components/login-page')).LoginPage }) },
          { path: '/signup', lazy: async () => ({ Component: (await import('@/features/auth/components/signup-page')).SignupPage }) },
          { path: '/forgot-password', lazy: async () => ({ Component: (await import('@/features/auth/components/forgot-page')).ForgotPage }) },
        ],
      },
      {
        element: <Gate for="signed-in" />,
        children: [
          {
            lazy: async () => ({ Component: (await import('./shell/app-shell')).AppShell }),
            children: [
              { path: '/', lazy: async () => ({ Component: (await import('./shell/welcome')).WelcomeChats }) },
              { path: '/contacts', lazy: async () => ({ Component: (await import('./shell/welcome')).WelcomeContacts }) },
              {
                path: '/c/:conversationId',
                lazy: async () => ({ Component: (await import('@/features/messages/components/chat-page')).ChatPage }),
                children: [
                  { path: 'info', lazy: async () => ({ Component: (await import('@/features/groups/components/info-panel')).InfoPanel }) },
                  { path: 'search', lazy: async () => ({ Component: (await import('@/features/search/components/search-panel')).SearchPanel }) },
                  { path: 'pins', lazy: async () => ({ Component: (await import('@/features/messages/components/pins-panel')).PinsPanel }) },
                ],
              },
              { path: '/join', lazy: async () => ({ Component: (await import('@/features/groups/components/join-page')).JoinPage }) },
              { path: '/search', lazy: async () => ({ Component: (await import('@/features/search/components/search-page')).SearchPage }) },
              { path: '/settings', lazy: async () => ({ Component: (await import('@/features/settings/components/settings-page')).SettingsPage }) },
            ],
          },
        ],
      },
      { path: '/reset-password', lazy: async () => ({ Component: (await import('@/features/auth/components/reset-page')).ResetPage }) },
      { path: '/verify-email', lazy: async () => ({ Component: (await import('@/features/auth/components/verify-page')).VerifyPage }) },
      { path: '*', Component: NotFoundPage },
    ],
  },
];

export const router = createBrowserRouter(routes);
