import type { ElementContent } from 'hast';
import { common, createLowlight } from 'lowlight';

const lowlight = createLowlight(common);

/** Longer code stays plain: the grammars' time grows with it, and the page waits meanwhile. */
const highlightAtMost = 20_000;

/** The code as text and elements with highlight.js's class names; null where the language is unknown. */
export function highlight(code: string, language: string): ElementContent[] | null {
  if (code.length > highlightAtMost || !lowlight.registered(language)) return null;
  return lowlight.highlight(language, code).children.filter((node): node is ElementContent => node.type !== 'doctype');
}
