/** What the REST service answers in place of doing it. `message` has no code in front; clients put it there. */
export interface Refusal {
  readonly refused: number;
  readonly code: string;
  readonly message: string;
}

export function refuse(status: number, code: string, message: string): Refusal {
  return { refused: status, code, message };
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}

export function notFound(kind: string, id: string): Refusal {
  return refuse(404, 'not_found_error', `Requested \`${kind}\` with ID \`${id}\` was not found`);
}

export const PREMIUM_ONLY = refuse(
  404,
  'missing_premium_feature_error',
  'This feature exists only in the premium edition of Cloudify.\nPlease contact sales for additional info.',
);
