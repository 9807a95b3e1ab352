import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { randomId } from './ids';

const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u;

describe('randomId', () => {
  it('makes version 4 ids', () => {
    expect(randomId()).toMatch(version4);
  });

  it('does so without randomUUID, as on plain http', () => {
    const insecure = { getRandomValues: webcrypto.getRandomValues.bind(webcrypto) } as Pick<Crypto, 'getRandomValues'>;
    const ids = Array.from({ length: 200 }, () => randomId(insecure));
    for (const id of ids) expect(id).toMatch(version4);
    expect(new Set(ids).size).toBe(200);
  });
});
