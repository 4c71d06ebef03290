import { en, type TextKey } from './en.ts'

/** Fills in the places of one of these texts. */
export const createT =
  <Key extends string>(texts: Readonly<Record<Key, string>>) =>
  (key: Key, values: Record<string, string | number> = {}): string =>
    texts[key].replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place))

/** A text of the dashboard, with its places filled in. Reports have texts of their own, which come with their pages. */
export const t = createT<TextKey>(en)
