import { isImage } from '@/lib/file-kind';
import type { Attachment } from '@/lib/wire';
import { MessageFiles } from './message-files';
import { MessageImages } from './message-images';

interface MessageAttachmentsProps {
  attachments: readonly Attachment[];
  onOpenImage: (image: Attachment) => void;
}

/** What a message carries: pictures to look at, then files to save. */
export function MessageAttachments({ attachments, onOpenImage }: MessageAttachmentsProps) {
  const images = attachments.filter(isImage);
  const files = attachments.filter((attachment) => !isImage(attachment));
  return (
    <div className="space-y-1">
      {images.length > 0 && <MessageImages images={images} onOpen={onOpenImage} />}
      {files.length > 0 && <MessageFiles files={files} />}
    </div>
  );
}
