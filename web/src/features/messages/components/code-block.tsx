import type { ElementContent } from 'hast';
import { Copy } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { copyText } from '@/lib/copy-text';

interface CodeBlockProps {
  code: string;
  /** As it was named; null where it was not. */
  language: string | null;
}

/** Code in a box of its own that scrolls sideways. Its colours come when the highlighter has been loaded. */
export function CodeBlock({ code, language }: CodeBlockProps) {
  const nodes = useHighlighted(code, language);
  return (
    <div className="code-block group/code relative my-1 max-w-full whitespace-normal">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} role="region" aria-label={language === null ? 'Code' : `Code in ${language}`}>
        <code>{nodes === null ? code : nodes.map(toReact)}</code>
      </pre>
      <button
        type="button"
        aria-label="Copy the code"
        title="Copy the code"
        className="btn btn-square btn-ghost btn-xs absolute bg-base-200 top-1 right-1 opacity-0 group-hover/code:opacity-100 focus:opacity-100 [@media(hover:none)]:opacity-100"
        onClick={() => void copyText(code, 'Code copied.')}
      >
        <Copy className="size-3.5" aria-hidden="true" />
      </button>
    </div>
  );
}

function useHighlighted(code: string, language: string | null): readonly ElementContent[] | null {
  const [nodes, setNodes] = useState<readonly ElementContent[] | null>(null);
  useEffect(() => {
    if (language === null) return undefined;
    let gone = false;
    import('../highlight')
      .then(({ highlight }) => {
        if (!gone) setNodes(highlight(code, language));
      })
      // Without its colours it can still be read.
      .catch(() => undefined);
    return () => {
      gone = true;
    };
  }, [code, language]);
  return nodes;
}

function toReact(node: ElementContent, key: number): ReactNode {
  if (node.type === 'text') return node.value;
  if (node.type !== 'element') return null;
  const names = node.properties.className;
  return (
    <span key={key} className={Array.isArray(names) ? names.join(' ') : undefined}>
      {node.children.map(toReact)}
    </span>
  );
}
