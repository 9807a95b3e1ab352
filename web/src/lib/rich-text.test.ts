import { assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mentionParts, parseRichText, plainText, safeHref } from './rich-text';

const nameOf = (id: string) => id.toUpperCase();

describe('plainText', () => {
  test.each([
    ['**bold** and _italic_ and ~~struck~~ and `code`', 'bold and italic and struck and code'],
    ['- one\n- two', 'one two'],
    ['> quoted\n\nanswer', 'quoted answer'],
    ['```go\nx := 1\n```', 'x := 1'],
    ['see https://example.org/a_b_c', 'see https://example.org/a_b_c'],
    ['hello <@ada>, <@all>!', 'hello @ADA, @all!'],
    ['# no heading', '# no heading'],
    ['<b>no html</b> &amp; &lt;', '<b>no html</b> &amp; &lt;'],
    ['a\n---', 'a ---'],
    ['2 * 3 * 4 = 24, snake_case_name', '2 * 3 * 4 = 24, snake_case_name'],
    ['![image](https://example.org/x.png)', '!image'],
    ['[id]: https://example.org', '[id]: https://example.org'],
    ['', ''],
  ])('%j reads %j', (text, words) => {
    expect(plainText(text, nameOf)).toBe(words);
  });

  test('takes any text, and never makes html or images of it', () => {
    assert(
      property(string({ unit: constantFrom(...'*_~`>-1. \n[]()<>!&#@abc\\|', '\u0600', '😀') }), (text) => {
        expect(JSON.stringify(parseRichText(text))).not.toMatch(/"type":"(?:html|image|heading|definition|thematicBreak)"/u);
        plainText(text, nameOf);
      }),
    );
  });
});

test.each([
  ['https://example.org', 'https://example.org'],
  ['HTTP://example.org', 'HTTP://example.org'],
  ['mailto:ada@example.org', 'mailto:ada@example.org'],
  ['javascript:alert(1)', null],
  [' javascript:alert(1)', null],
  ['data:text/html,x', null],
  ['/settings', null],
  ['//example.org', null],
])('safeHref(%j) is %j', (url, href) => {
  expect(safeHref(url)).toBe(href);
});

test('mentions are found where they are', () => {
  expect(mentionParts('<@a1> and <@all>, not <@>, <@ b> or <@b-c>')).toEqual([
    { kind: 'mention', userId: 'a1' },
    { kind: 'text', text: ' and ' },
    { kind: 'mention-all' },
    { kind: 'text', text: ', not <@>, <@ b> or <@b-c>' },
  ]);
});
