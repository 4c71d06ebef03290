import { listen } from '../lib/page-events.ts'
import type { Plugin } from '../types.ts'

export interface FormsOptions {
  /** Names of the fields whose values may be sent. Default: none. */
  fields?: string[]
}

/**
 * Tracks "Form Submitted" with the `form`'s id, or else its name, and the values of the fields that are allowed. Forms
 * that the browser finds invalid and those a script submits by `form.submit()` are not heard of.
 */
export const forms =
  ({ fields = [] }: FormsOptions = {}): Plugin =>
  ({ analytics, window }) => {
    listen(window.document, 'submit', (event) => {
      // Through the attributes: a field that is called `id` would stand in the way of the form's own.
      const form = event.composedPath()[0] as HTMLFormElement
      const attribute = (name: string): string | null => window.Element.prototype.getAttribute.call(form, name)
      const values: Record<string, string> = {}
      if (fields.length) {
        const data = new window.FormData(form)
        for (const name of fields) {
          const texts = data.getAll(name).filter((value) => typeof value === 'string')
          if (texts.length) values[name] = texts.join()
        }
      }
      analytics.track('Form Submitted', { form: attribute('id') ?? attribute('name'), fields: values })
    })
  }
