/** Whether a host is one of the domains or below one. */
export const isWithin = (host: string, domains: string[]): boolean =>
  domains.some((domain) => `.${host}`.endsWith(`.${domain}`))
