import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '@/app/app';
import { startSession } from '@/app/wiring/session';
import { followTheme } from '@/lib/preferences';
import './index.css';

const root = document.querySelector('#root');
if (root === null) throw new Error('The page has no root element.');

followTheme();
startSession();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
