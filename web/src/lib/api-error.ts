import { isAxiosError, isCancel, type AxiosError } from 'axios';

export interface FieldError {
  field: string;
  message: string;
}

interface ProblemDocument {
  status: number;
  code: string;
  title: string;
  detail: string;
  errors: FieldError[];
}

/** What went wrong with a request, told apart by what the caller can do about it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    message: string,
    /** `network`: no answer came; `http`: the server refused; `cancelled`: the caller gave up. */
    readonly kind: 'network' | 'http' | 'cancelled',
    /** The HTTP status, 0 without an answer. */
    readonly status: number,
    /** The problem's stable code, '' without one. */
    readonly code: string,
    readonly fields: readonly FieldError[] = [],
    /** How long the server asks to wait; null if it does not say. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may well succeed later, as it is. */
  get transient(): boolean {
    return this.kind === 'network' || this.status === 429 || this.status === 408 || this.status >= 500;
  }
}

/** The error as an ApiError, whatever was thrown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isCancel(error)) return new ApiError('Cancelled', 'cancelled', 0, '');
  if (isAxiosError(error)) return fromAxios(error);
  return new ApiError(error instanceof Error ? error.message : 'Something went wrong', 'network', 0, '');
}

/** The error in words for the user. */
export function errorText(error: unknown): string {
  const problem = toApiError(error);
  if (problem.kind === 'network') return 'Can’t reach the server. Check your connection and try again.';
  if (problem.status === 429) {
    const seconds = Math.ceil((problem.retryAfterMs ?? 0) / 1000);
    return seconds > 0 ? `Too many tries. Please wait ${seconds} s and try again.` : 'Too many tries. Please wait a moment.';
  }
  if (problem.status >= 500) return 'The server has a problem. Please try again in a moment.';
  return capitalise(problem.message);
}

/** The messages for single form fields, by field name. */
export function fieldErrors(error: unknown): Record<string, string> {
  const byField: Record<string, string> = {};
  for (const { field, message } of toApiError(error).fields) byField[field] ??= capitalise(message);
  return byField;
}

/** Retry-After is in seconds or a date. */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined || value.trim() === '') return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function fromAxios(error: AxiosError): ApiError {
  const { response } = error;
  if (response === undefined) return new ApiError(error.message, 'network', 0, '');
  const problem = problemOf(response.data, response.status);
  const header: unknown = response.headers['retry-after'];
  const retryAfter = parseRetryAfter(typeof header === 'string' ? header : undefined, Date.now());
  return new ApiError(problem.detail || problem.title, 'http', response.status, problem.code, problem.errors, retryAfter);
}

function problemOf(body: unknown, status: number): ProblemDocument {
  const raw: Partial<Record<keyof ProblemDocument, unknown>> = typeof body === 'object' && body !== null ? body : {};
  const text = (value: unknown, otherwise: string) => (typeof value === 'string' && value !== '' ? value : otherwise);
  const errors = Array.isArray(raw.errors) ? raw.errors.filter(isFieldError) : [];
  return { status, code: text(raw.code, ''), title: text(raw.title, `Error ${status}`), detail: text(raw.detail, ''), errors };
}

function isFieldError(value: unknown): value is FieldError {
  if (typeof value !== 'object' || value === null) return false;
  const { field, message } = value as Partial<Record<keyof FieldError, unknown>>;
  return typeof field === 'string' && typeof message === 'string';
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
