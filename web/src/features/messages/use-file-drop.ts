import { useState, type DragEvent } from 'react';

interface FileDrop {
  /** Whether files are being dragged over the element. */
  dragging: boolean;
  handlers: {
    onDragEnter: (event: DragEvent) => void;
    onDragOver: (event: DragEvent) => void;
    onDragLeave: (event: DragEvent) => void;
    onDrop: (event: DragEvent) => void;
  };
}

/** Lets files be dropped on an element. */
export function useFileDrop(onFiles: (files: readonly File[]) => void): FileDrop {
  // Entering a child leaves the parent, so the element counts how deep the pointer is.
  const [depth, setDepth] = useState(0);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  return {
    dragging: depth > 0,
    handlers: {
      onDragEnter: (event) => {
        if (hasFiles(event)) setDepth((count) => count + 1);
      },
      onDragOver: (event) => {
        if (hasFiles(event)) event.preventDefault();
      },
      onDragLeave: (event) => {
        if (hasFiles(event)) setDepth((count) => Math.max(0, count - 1));
      },
      onDrop: (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setDepth(0);
        onFiles(droppedFiles(event.dataTransfer));
      },
    },
  };
}

/** Folders can't be sent; what is in them is not looked for. */
function droppedFiles({ items }: DataTransfer): File[] {
  return [...items].flatMap((item) => (item.webkitGetAsEntry()?.isDirectory === true ? [] : (item.getAsFile() ?? [])));
}
