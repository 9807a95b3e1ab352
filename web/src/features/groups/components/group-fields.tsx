import { TextArea } from '@/components/ui/text-area';
import { TextField } from '@/components/ui/text-field';
import { limits } from '@/lib/wire';

export interface GroupDetails {
  title: string;
  description: string;
}

interface GroupFieldsProps {
  value: GroupDetails;
  errors: Readonly<Record<string, string>>;
  onChange: (value: GroupDetails) => void;
}

/** What a group is called, and what it is for. */
export function GroupFields({ value, errors, onChange }: GroupFieldsProps) {
  return (
    <>
      <TextField
        label="Name of the group"
        name="title"
        autoComplete="off"
        value={value.title}
        error={errors['title']}
        onChange={(event) => onChange({ ...value, title: event.target.value })}
      />
      <TextArea
        label="What it is about"
        name="description"
        rows={2}
        value={value.description}
        error={errors['description']}
        onChange={(event) => onChange({ ...value, description: event.target.value })}
      />
    </>
  );
}

/** What the server would refuse, by field. */
export function wrongDetails({ title, description }: GroupDetails): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (title.trim() === '') wrong['title'] = 'Please give the group a name.';
  if (Array.from(title.trim()).length > limits.groupTitle) wrong['title'] = `At most ${limits.groupTitle} characters.`;
  if (Array.from(description.trim()).length > limits.groupDescription) wrong['description'] = `At most ${limits.groupDescription} characters.`;
  return wrong;
}
