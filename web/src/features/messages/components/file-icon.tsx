import { File, FileArchive, FileAudio, FileCode, FileImage, FileSpreadsheet, FileText, FileVideo, Presentation, type LucideIcon } from 'lucide-react';
import { fileKind, type FileKind } from '@/lib/file-kind';

const icons: Record<FileKind, LucideIcon> = {
  image: FileImage,
  video: FileVideo,
  audio: FileAudio,
  document: FileText,
  table: FileSpreadsheet,
  slides: Presentation,
  archive: FileArchive,
  code: FileCode,
  file: File,
};

interface FileIconProps {
  name: string;
  mime: string;
  className?: string;
}

/** A picture for the sort of file. */
export function FileIcon({ name, mime, className }: FileIconProps) {
  const Icon = icons[fileKind({ name, mime })];
  return <Icon className={className} strokeWidth={1.75} aria-hidden="true" />;
}
