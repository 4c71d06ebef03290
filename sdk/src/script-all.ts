import { createAnalytics } from './analytics.ts'
import { createConsented } from './consent.ts'
import { attribution } from './plugins/attribution.ts'
import { bots } from './plugins/bots.ts'
import { clicks } from './plugins/clicks.ts'
import { crossDomain } from './plugins/cross-domain.ts'
import { errors } from './plugins/errors.ts'
import { forms } from './plugins/forms.ts'
import { indexedDbFallback } from './plugins/indexed-db.ts'
import { masks } from './plugins/masks.ts'
import { media } from './plugins/media.ts'
import { outbound } from './plugins/outbound.ts'
import { pageViews } from './plugins/page-views.ts'
import { scrollDepth } from './plugins/scroll-depth.ts'
import { type WebVitalsLibrary, webVitals } from './plugins/web-vitals.ts'
import { startFromTag } from './script/start.ts'
import type { Plugin } from './types.ts'

const words = (text = ''): string[] => text.split(/[\s,]+/).filter(Boolean)

/** Plugins in the order of their turns. An attribute that is there switches one on, and its value is its main option. */
const readPlugins = (on: DOMStringMap): (Plugin | false | undefined)[] => {
  const { clicks: selector, crossDomain: domains, webVitals: library, scrollDepth: percents, outbound: inside } = on
  return [
    'bots' in on && bots(),
    !!domains && crossDomain({ domains: words(domains) }),
    'attribution' in on && attribution({ inside: words(on.attribution) }),
    pageViews(),
    'clicks' in on && clicks(selector ? { selector } : {}),
    'forms' in on && forms({ fields: words(on.forms) }),
    'outbound' in on && outbound(inside ? { inside: words(inside) } : {}),
    'scrollDepth' in on && scrollDepth(percents ? { percents: words(percents).map(Number) } : {}),
    !!library && webVitals(() => import(library) as Promise<WebVitalsLibrary>),
    'errors' in on && errors(),
    'media' in on && media(),
    ('masks' in on || 'maskProperties' in on) &&
      masks({ parameters: words(on.masks), properties: words(on.maskProperties) }),
  ]
}

export type { PageAnalytics } from './script/start.ts'

/** As `script.ts`, with all plugins: `<script src="…/sdk/v1-all.js" data-write-key="…" data-clicks data-forms="plan">`. */
startFromTag((options, on) => {
  const all = { ...options, plugins: readPlugins(on), fallback: indexedDbFallback() }
  return 'consent' in on
    ? createConsented({ ...all, assumed: on.consent === 'assumed', dnt: 'dnt' in on })
    : createAnalytics(all)
})
