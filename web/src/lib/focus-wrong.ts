/** Puts the cursor into the first field of a form that something is wrong with. */
export function focusWrong(form: HTMLFormElement | null, errors: object): void {
  for (const field of form?.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea') ?? []) {
    if (field.name in errors) {
      field.focus();
      return;
    }
  }
}
