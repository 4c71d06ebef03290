export interface SnippetOptions {
  /** Address of the script, such as `https://t.example.com/sdk/v1.js`. */
  src: string
  writeKey: string
  /** Origin of the collector. Default: that of `src`. */
  endpoint?: string
  /** Of your content security policy. Without one, allow the hash of {@link stub}, which is the same for everybody. */
  nonce?: string
}

/**
 * The text of the inline script: `window.trailstitch` at once, whose calls wait until the script is there; the first
 * 1,000 of them. Should it never come, nothing happens.
 */
export const stub: string =
  "(w=>{if(w.trailstitch)return;let q=[],t=w.trailstitch={q,flush:async()=>{},anonymousId:()=>''};for(let n of'track page screen identify group alias reset setAnonymousId on ready close'.split(' '))t[n]=(...a)=>{q.length<1e3&&q.push([n,a,Date.now()])}})(window)"

const escapeText = (text: string): string => text.replace(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** HTML for the page's head: the stub, and the tag that loads the script without holding up the page. */
export function snippet({ src, writeKey, endpoint, nonce }: SnippetOptions): string {
  const attribute = (name: string, value?: string): string => (value ? ` ${name}="${escapeText(value)}"` : '')
  const [own, key, to] = [
    attribute('nonce', nonce),
    attribute('data-write-key', writeKey),
    attribute('data-endpoint', endpoint),
  ]
  return `<script${own}>${stub}</script><script async${own}${attribute('src', src)}${key}${to}></script>`
}
