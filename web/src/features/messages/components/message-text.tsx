import Linkify from 'linkify-react';
import type { Opts } from 'linkifyjs';

const options: Opts = {
  defaultProtocol: 'https',
  target: '_blank',
  rel: 'noopener noreferrer nofollow',
  className: 'underline underline-offset-2 decoration-current/50 hover:decoration-current',
  // Of the schemes that it knows, only the web's are of use in a chat.
  validate: { url: (value) => !/^(ftps?|file):/iu.test(value) },
};

/** A message's text: data, shown as it is, with addresses made clickable. */
export function MessageText({ text }: { text: string }) {
  return (
    <span dir="auto" className="wrap-anywhere whitespace-pre-wrap">
      <Linkify options={options}>{text}</Linkify>
    </span>
  );
}
