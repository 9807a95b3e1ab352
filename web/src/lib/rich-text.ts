import type { Nodes, Root, Text } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmAutolinkLiteralFromMarkdown } from 'mdast-util-gfm-autolink-literal';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmAutolinkLiteral } from 'micromark-extension-gfm-autolink-literal';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';

/** What of Markdown a message has no use for: it stays the text that it is. */
const notInChats = {
  disable: {
    null: [
      'characterReference',
      'codeIndented',
      'definition',
      'headingAtx',
      'htmlFlow',
      'htmlText',
      'labelStartImage',
      'setextUnderline',
      'thematicBreak',
    ],
  },
};

/** The text of a message as a tree of CommonMark's inline formats, code, quotes, lists and links, with GFM's strikethrough and bare addresses. */
export function parseRichText(text: string): Root {
  return fromMarkdown(text, {
    extensions: [gfmAutolinkLiteral(), gfmStrikethrough({ singleTilde: false }), notInChats],
    mdastExtensions: [gfmAutolinkLiteralFromMarkdown(), gfmStrikethroughFromMarkdown()],
  });
}

/** A link's address if a browser may go there; null for every scheme but the web's and mail's. */
export function safeHref(url: string): string | null {
  return /^(?:https?:\/\/|mailto:)/iu.test(url) ? url : null;
}

export type TextPart = { kind: 'text'; text: string } | { kind: 'mention'; userId: string } | { kind: 'mention-all' };

/** The mentions in a text, `<@USERID>` and `<@all>`, and what is between them. */
export function mentionParts(text: string): TextPart[] {
  // Every second part is what the group has caught.
  return text.split(/<@([0-9A-Za-z]+)>/u).flatMap((part, index): TextPart[] => {
    if (index % 2 === 0) return part === '' ? [] : [{ kind: 'text', text: part }];
    return [part === 'all' ? { kind: 'mention-all' } : { kind: 'mention', userId: part }];
  });
}

/** One line of a message's words, without their formats, for previews. */
export function plainText(text: string, nameOf: (userId: string) => string): string {
  return wordsOf(parseRichText(text), nameOf).replace(/\s+/gu, ' ').trim();
}

function wordsOf(node: Nodes, nameOf: (userId: string) => string): string {
  if (node.type === 'text') return withNames(node, nameOf);
  if ('value' in node) return node.value;
  if (!('children' in node)) return ' ';
  const between = node.type === 'root' || node.type === 'list' || node.type === 'listItem' || node.type === 'blockquote' ? ' ' : '';
  return node.children.map((child) => wordsOf(child, nameOf)).join(between);
}

function withNames({ value }: Text, nameOf: (userId: string) => string): string {
  return mentionParts(value)
    .map((part) => (part.kind === 'text' ? part.text : `@${part.kind === 'mention' ? nameOf(part.userId) : 'all'}`))
    .join('');
}
