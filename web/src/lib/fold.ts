/** The text for comparing names: without case, accents and outer space. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{Mn}/gu, '').toLowerCase().trim();
}
