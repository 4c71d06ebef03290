import type { FastifyReply } from 'fastify'

const common = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
}

/** Answers hold personal data: no cache may keep them, no browser may run them. */
export function setApiHeaders(reply: FastifyReply): void {
  reply.headers({
    ...common,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  })
}

/** The page loads its own files and nothing else. Inline scripts do not run; inline styles only with the nonce. */
export function setPageHeaders(reply: FastifyReply, nonce?: string): void {
  const style = nonce === undefined ? "'self'" : `'self' 'nonce-${nonce}'`
  reply.headers({
    ...common,
    'cache-control': 'no-cache',
    'content-security-policy':
      `default-src 'self'; script-src 'self'; style-src ${style}; object-src 'none'; base-uri 'none'; ` +
      "form-action 'none'; frame-ancestors 'none'",
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  })
}
