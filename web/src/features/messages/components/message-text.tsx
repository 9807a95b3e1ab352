import { clsx } from 'clsx';
import type { Nodes } from 'mdast';
import { useMemo, type ReactNode } from 'react';
import { mentionParts, parseRichText, safeHref } from '@/lib/rich-text';
import { useChat } from '../chat-context';
import { withNames } from '../mentions';
import { CodeBlock } from './code-block';
import '../rich-text.css';

/** A message's text with its formats. Nothing of it is ever taken as HTML. */
export function MessageText({ text }: { text: string }) {
  const tree = useMemo(() => parseRichText(text), [text]);
  return (
    <div dir="auto" className="rich-text wrap-anywhere whitespace-pre-wrap">
      <Children of={tree} />
    </div>
  );
}

function Children({ of }: { of: Nodes }): ReactNode {
  if (!('children' in of)) return null;
  // oxlint-disable-next-line react/no-array-index-key -- the nodes of one text have no other identity
  return of.children.map((child, index) => <Node key={index} node={child} />);
}

const tags = {
  paragraph: 'p',
  strong: 'strong',
  emphasis: 'em',
  delete: 'del',
  blockquote: 'blockquote',
  listItem: 'li',
} as const;

function Node({ node }: { node: Nodes }): ReactNode {
  const children = <Children of={node} />;
  if (node.type in tags) {
    const Tag = tags[node.type as keyof typeof tags];
    return <Tag>{children}</Tag>;
  }
  switch (node.type) {
    case 'text':
      return <TextWithMentions text={node.value} />;
    case 'break':
      return '\n';
    case 'inlineCode':
      return <InlineCode code={node.value} />;
    case 'code':
      return <NamedCodeBlock code={node.value} language={node.lang ?? null} />;
    case 'list':
      return node.ordered === true ? <ol start={node.start ?? 1}>{children}</ol> : <ul>{children}</ul>;
    case 'link':
      return <Link url={node.url}>{children}</Link>;
    default:
      return 'value' in node ? node.value : null;
  }
}

/** In code, too, a mention was written as a name. */
function InlineCode({ code }: { code: string }) {
  const { nameOf } = useChat();
  return <code>{withNames(code, nameOf).text}</code>;
}

function NamedCodeBlock({ code, language }: { code: string; language: string | null }) {
  const { nameOf } = useChat();
  return <CodeBlock code={withNames(code, nameOf).text} language={language} />;
}

function Link({ url, children }: { url: string; children: ReactNode }) {
  const href = safeHref(url);
  if (href === null) return children;
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow" className="underline decoration-current/50 underline-offset-2 hover:decoration-current">
      {children}
    </a>
  );
}

function TextWithMentions({ text }: { text: string }): ReactNode {
  const { nameOf, self } = useChat();
  return mentionParts(text).map((part, index) => {
    if (part.kind === 'text') return part.text;
    const mine = part.kind === 'mention-all' || part.userId === self;
    return (
      // oxlint-disable-next-line react/no-array-index-key -- the parts of one text have no other identity
      <span key={index} className={clsx('rounded px-0.5 font-semibold', mine && 'bg-current/15')}>
        @{part.kind === 'mention' ? nameOf(part.userId) : 'all'}
      </span>
    );
  });
}
