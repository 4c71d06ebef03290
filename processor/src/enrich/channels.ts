import type { SourceKind } from './sources.ts'

/** What a channel is chosen by. All text in lower case. */
export interface ChannelFacts {
  /** `(direct)` when nothing is known of where the visit came from, `(not set)` when only the source is not. */
  source: string
  /** `(none)` for direct visits, `(not set)` when there is none. */
  medium: string
  /** '' when there is none. */
  campaign: string
  /** What kind of site the source is. */
  kind: SourceKind | undefined
  /** The link carried a click id that only search ads do. */
  searchAd: boolean
}

export interface ChannelRule {
  channel: string
  /** The rule in words, as docs/definitions.md has it. */
  when: string
  matches(facts: ChannelFacts): boolean
}

const paidMedium = /^(?:.*cp.*|ppc|retargeting|paid.*)$/
const shopCampaign = /^(?:.*(?:(?:[^a-df-z]|^)shop|shopping).*)$/
const noMedium = new Set(['(none)', '(not set)', 'none', 'not set', ''])
const displayMedia = new Set(['display', 'banner', 'expandable', 'interstitial', 'cpm'])
const socialMedia = new Set(['social', 'social-network', 'social-media', 'sm', 'social network', 'social media'])
const emailWords = new Set(['email', 'e-mail', 'e_mail', 'e mail'])
const affiliateMedia = new Set(['affiliate', 'affiliates'])
const referralMedia = new Set(['referral', 'app', 'link'])

const isPaid = (facts: ChannelFacts): boolean => paidMedium.test(facts.medium)
const isShopping = (facts: ChannelFacts): boolean => facts.kind === 'shopping' || shopCampaign.test(facts.campaign)

const rule = (channel: string, when: string, matches: (facts: ChannelFacts) => boolean): ChannelRule =>
  Object.freeze({ channel, when, matches })

/** The channel groups, in order: the first that matches counts. They follow GA4's default channel group. */
export const channelRules: readonly ChannelRule[] = Object.freeze([
  rule(
    'Direct',
    'source is direct and there is no medium',
    (f) => (f.source === '(direct)' || f.source === 'direct') && noMedium.has(f.medium),
  ),
  rule('Cross-network', 'campaign contains cross-network', (f) => f.campaign.includes('cross-network')),
  rule('Paid Shopping', 'shopping source or shop campaign, and a paid medium', (f) => isShopping(f) && isPaid(f)),
  rule(
    'Paid Search',
    'search source and a paid medium, or a click id of search ads',
    (f) => f.searchAd || (f.kind === 'search' && isPaid(f)),
  ),
  rule('Paid Social', 'social source and a paid medium', (f) => f.kind === 'social' && isPaid(f)),
  rule('Paid Video', 'video source and a paid medium', (f) => f.kind === 'video' && isPaid(f)),
  rule('Display', 'medium is display, banner, expandable, interstitial or cpm', (f) => displayMedia.has(f.medium)),
  rule('Paid Other', 'a paid medium', isPaid),
  rule(
    'AI Assistants',
    'source is an AI assistant, or medium is ai-assistant',
    (f) => f.kind === 'ai' || f.medium === 'ai-assistant',
  ),
  rule('Organic Shopping', 'shopping source or shop campaign', isShopping),
  rule(
    'Organic Social',
    'social source, or medium is social, social-network, social-media or sm',
    (f) => f.kind === 'social' || socialMedia.has(f.medium),
  ),
  rule(
    'Organic Video',
    'video source, or medium contains video',
    (f) => f.kind === 'video' || f.medium.includes('video'),
  ),
  rule('Organic Search', 'search source, or medium is organic', (f) => f.kind === 'search' || f.medium === 'organic'),
  rule(
    'Email',
    'source or medium is email, e-mail, e_mail or e mail, or source is a mail service',
    (f) => f.kind === 'email' || emailWords.has(f.source) || emailWords.has(f.medium),
  ),
  rule('Affiliates', 'medium is affiliate or affiliates', (f) => affiliateMedia.has(f.medium)),
  rule('Referral', 'medium is referral, app or link', (f) => referralMedia.has(f.medium)),
  rule('Audio', 'medium is audio', (f) => f.medium === 'audio'),
  rule('SMS', 'source or medium is sms', (f) => f.source === 'sms' || f.medium === 'sms'),
  rule(
    'Mobile Push',
    'medium ends with push, or contains mobile or notification',
    (f) => f.medium.endsWith('push') || f.medium.includes('mobile') || f.medium.includes('notification'),
  ),
])

/** The channel of what none of the rules matches. */
export const unassignedChannel = 'Unassigned'

export function channelOf(facts: ChannelFacts): string {
  for (const { channel, matches } of channelRules) if (matches(facts)) return channel
  return unassignedChannel
}
