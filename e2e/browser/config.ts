/** Where the browser of the tests is: Debian's unless `CHROMIUM_PATH` says otherwise. */
export const chromiumPath: string = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
