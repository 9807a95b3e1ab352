import { expect, test } from 'vitest';
import { describeFiles } from './describe-files';
import { fileEnding, fileKind } from './file-kind';

test.each([
  ['report.PDF', '', 'document'],
  ['budget.xlsx', 'application/octet-stream', 'table'],
  ['archive.tar.gz', '', 'archive'],
  ['page.html', 'text/html', 'code'],
  ['logo.svg', 'image/svg+xml', 'code'],
  ['photo.heic', '', 'image'],
  ['clip', 'video/mp4', 'video'],
  ['Makefile', 'text/plain', 'document'],
  ['strange.xyz', 'application/x-strange', 'file'],
])('%s of type %j is of kind %s', (name, mime, kind) => {
  expect(fileKind({ name, mime })).toBe(kind);
});

test('the ending of a name', () => {
  expect(fileEnding('report.pdf')).toBe('PDF');
  expect(fileEnding('archive.tar.gz')).toBe('GZ');
  expect(fileEnding('.profile')).toBe('');
  expect(fileEnding('no ending')).toBe('');
});

test('what a message without words carries', () => {
  const photo = { name: '', mime: 'image/jpeg' };
  const report = { name: 'report.pdf', mime: 'application/pdf' };
  expect(describeFiles([photo])).toBe('Photo');
  expect(describeFiles([photo, photo])).toBe('2 photos');
  expect(describeFiles([report])).toBe('report.pdf');
  expect(describeFiles([photo, report])).toBe('2 files');
});
