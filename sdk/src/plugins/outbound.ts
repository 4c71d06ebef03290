import { isWithin } from '../lib/domains.ts'
import { findTarget, listen } from '../lib/page-events.ts'
import type { Plugin } from '../types.ts'

export interface OutboundOptions {
  /** Endings of files whose links are downloads. Default: common archives, documents, installers, audio and video. */
  endings?: string[]
  /** Domains that count as inside, with their subdomains. Default: the page's own host name. */
  inside?: string[]
}

const commonEndings =
  '7z apk avi csv dmg doc docx epub exe gz key mov mp3 mp4 msi odt pages pdf pkg ppt pptx rar rtf txt wav xls xlsx zip'

/**
 * Tracks "File Downloaded" for links to files, here or elsewhere, and "Outbound Link Clicked" for links that lead to
 * another site, those opened in a new tab included. Both carry the `url` without its query, which may hold secrets.
 */
export const outbound =
  ({ endings = commonEndings.split(' '), inside }: OutboundOptions = {}): Plugin =>
  ({ analytics, window }) => {
    const hear = (event: MouseEvent): void => {
      const link = event.button < 2 ? findTarget<HTMLAnchorElement>(event, 'a[href],area[href]') : undefined
      if (!/^http/.test(link?.protocol ?? '')) return
      const { download, hostname: host, origin, pathname } = link as HTMLAnchorElement
      const url = origin + pathname
      const ending = /\.(\w+)$/.exec(pathname)?.[1]?.toLowerCase() ?? ''
      if (download || endings.includes(ending)) analytics.track('File Downloaded', { url, ending })
      else if (!isWithin(host, inside ?? [window.location.hostname]))
        analytics.track('Outbound Link Clicked', { url, host })
    }
    listen(window.document, 'click', hear)
    // The middle button.
    listen(window.document, 'auxclick', hear)
  }
