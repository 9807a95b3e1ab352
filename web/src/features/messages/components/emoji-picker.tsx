import { EmojiPicker as Picker, type EmojiPickerListComponents, type EmojiPickerListRowProps } from 'frimousse';

const components: Partial<EmojiPickerListComponents> = {
  CategoryHeader: ({ category, ...props }) => (
    <div className="bg-base-100 px-3 pt-3 pb-1.5 text-xs font-medium text-muted" {...props}>
      {category.label}
    </div>
  ),
  Row: ({ children, ...props }) => (
    <div className="px-2" {...props} {...countedFromOne(props)}>
      {children}
    </div>
  ),
  Emoji: ({ emoji, ...props }) => (
    <button
      type="button"
      className="flex size-8.5 cursor-pointer items-center justify-center rounded-lg text-xl data-[active]:bg-base-300"
      {...props}
      role="gridcell"
      // The library counts from 0, ARIA from 1.
      aria-colindex={(props['aria-colindex'] ?? 0) + 1}
    >
      {emoji.emoji}
    </button>
  ),
};

/**
 * The library counts rows from 0, ARIA from 1. When arrow keys move it looks for the row by its number, to scroll it into view, and
 * finds the one above: with a margin as high as a row and a header the right one is in view, too.
 */
function countedFromOne({ style, 'aria-rowindex': index }: EmojiPickerListRowProps) {
  if (index === undefined) return {};
  const scrollMarginBottom = 'calc(var(--frimousse-row-height) + var(--frimousse-category-header-height))';
  return { 'aria-rowindex': index + 1, style: { ...style, scrollMarginBottom } };
}

/** All emoji that the system can show, with a search by name. Its data is part of this build. */
export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  return (
    <Picker.Root
      locale="en"
      columns={9}
      emojibaseUrl={import.meta.env.EMOJI_DATA}
      className="flex h-full flex-col"
      onEmojiSelect={({ emoji }) => onPick(emoji)}
    >
      <Picker.Search
        autoFocus
        aria-label="Search emoji"
        placeholder="Search emoji"
        className="m-2 rounded-field bg-base-200 px-3 py-2 text-sm placeholder:text-muted"
      />
      <Picker.Viewport className="relative flex-1 outline-hidden">
        <Picker.Loading className="absolute inset-0 flex items-center justify-center text-sm text-muted">Loading emoji…</Picker.Loading>
        <Picker.Empty className="absolute inset-0 flex items-center justify-center text-sm text-muted">No emoji found.</Picker.Empty>
        <Picker.List className="pb-2 select-none" components={components} />
      </Picker.Viewport>
    </Picker.Root>
  );
}
