import { expect, test } from 'vitest';
import { ApiError } from './api-error';
import { unfitFile, uploadFailure } from './upload-file';

test('an empty file is not even tried', () => {
  expect(unfitFile({ type: 'text/plain', size: 0 })).toBe('is empty');
  expect(unfitFile({ type: 'text/plain', size: 1 })).toBeNull();
});

test('what the server finds wrong with a file is told', () => {
  const refused = new ApiError('the request has invalid fields', 'http', 400, 'validation_failed', [{ field: 'file', message: 'is empty' }]);
  expect(uploadFailure(refused)).toBe('The file is empty');
});
