import type { StartTextKey } from './texts.ts'

export interface Snippet {
  title: StartTextKey
  hint: StartTextKey
  code: string
}

/** Ways to send the first event, ready to be pasted. */
export function createSnippets(origin: string, writeKey: string): Snippet[] {
  return [
    {
      title: 'start.script',
      hint: 'start.scriptHint',
      code: `<script async src="${origin}/sdk/v1.js" data-write-key="${writeKey}"></script>`,
    },
    {
      title: 'start.npm',
      hint: 'start.npmHint',
      code: [
        'npm install @trailstitch/sdk',
        '',
        "import { createAnalytics } from '@trailstitch/sdk'",
        '',
        `const analytics = createAnalytics({ writeKey: '${writeKey}', endpoint: '${origin}' })`,
        'analytics.page()',
      ].join('\n'),
    },
    {
      title: 'start.curl',
      hint: 'start.curlHint',
      code: [
        `curl ${origin}/v1/track -u ${writeKey}: \\`,
        "  -H 'content-type: application/json' \\",
        `  -d '{"type":"track","event":"Hello","anonymousId":"me"}'`,
      ].join('\n'),
    },
  ]
}
