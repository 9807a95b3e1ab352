// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { ChatContext, type Chat } from '../chat-context';
import { MessageText } from './message-text';

afterEach(cleanup);

function show(text: string) {
  const chat = { self: 'me', nameOf: (id: string) => (id === 'a1' ? 'Ada' : 'Somebody') } as Chat;
  return render(
    <ChatContext value={chat}>
      <MessageText text={text} />
    </ChatContext>,
  );
}

test('who is mentioned has a name, in code as well', () => {
  const { container } = show('<@a1>, `ask <@a1>`\n\n```\n<@all>\n```');
  expect(container.textContent).toBe('@Ada, ask @Ada@all');
});

test('markup is text, and links lead to the web only', () => {
  const { container } = show('<img src=x onerror=alert(1)> [a](javascript:alert(1)) [b](https://example.org/)');
  expect(container.querySelector('img')).toBeNull();
  expect(screen.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual(['https://example.org/']);
  expect(container.textContent).toContain('<img src=x onerror=alert(1)>');
});
