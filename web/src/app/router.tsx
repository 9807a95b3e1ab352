import type { ComponentType } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';
import { loadable, MissingView } from '@/components/loadable';
import { Gate } from './gate';
import { NotFoundPage } from './not-found-page';
import { RouteError, ViewError } from './route-error';
import { SplashScreen } from './splash-screen';

/** What a route shows. Its script is loaded before it does; a failure is for the view itself to show, which alone can try again. */
function view(fetchView: () => Promise<ComponentType>): Pick<RouteObject, 'lazy'> {
  const { Part, load } = loadable(fetchView, MissingView);
  return {
    lazy: async () => {
      await load().catch(() => undefined);
      return { Component: Part };
    },
  };
}

const routes: RouteObject[] = [
  {
    ErrorBoundary: RouteError,
    HydrateFallback: SplashScreen,
    children: [
      {
        element: <Gate for="signed-out" />,
        children: [
          { path: '/login', ...view(async () => (await import('@/features/auth/components/login-page')).LoginPage) },
          { path: '/signup', ...view(async () => (await import('@/features/auth/components/signup-page')).SignupPage) },
          { path: '/forgot-password', ...view(async () => (await import('@/features/auth/components/forgot-page')).ForgotPage) },
        ],
      },
      {
        element: <Gate for="signed-in" />,
        children: [
          {
            ...view(async () => (await import('./shell/app-shell')).AppShell),
            children: [
              {
                // Of a view that fails the shell knows nothing.
                ErrorBoundary: ViewError,
                children: [
                  { path: '/', ...view(async () => (await import('./shell/welcome')).WelcomeChats) },
                  { path: '/contacts', ...view(async () => (await import('./shell/welcome')).WelcomeContacts) },
                  {
                    path: '/c/:conversationId',
                    ...view(async () => (await import('@/features/messages/components/chat-page')).ChatPage),
                    children: [
                      { path: 'info', ...view(async () => (await import('@/features/groups/components/info-panel')).InfoPanel) },
                      { path: 'search', ...view(async () => (await import('@/features/search/components/search-panel')).SearchPanel) },
                      { path: 'pins', ...view(async () => (await import('@/features/messages/components/pins-panel')).PinsPanel) },
                    ],
                  },
                  { path: '/join', ...view(async () => (await import('@/features/groups/components/join-page')).JoinPage) },
                  { path: '/search', ...view(async () => (await import('@/features/search/components/search-page')).SearchPage) },
                  { path: '/settings', ...view(async () => (await import('@/features/settings/components/settings-page')).SettingsPage) },
                ],
              },
            ],
          },
        ],
      },
      { path: '/reset-password', ...view(async () => (await import('@/features/auth/components/reset-page')).ResetPage) },
      { path: '/verify-email', ...view(async () => (await import('@/features/auth/components/verify-page')).VerifyPage) },
      { path: '*', Component: NotFoundPage },
    ],
  },
];

export const router = createBrowserRouter(routes);
