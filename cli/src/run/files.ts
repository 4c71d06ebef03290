import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's built modules. */
export const sdkFolder: string = fileURLToPath(new URL('../dist/', import.meta.resolve('@trailstitch/sdk')))

/** The script for pages, which the sdk's build makes. It may appear later: the collector looks when it is asked for. */
export const sdkFile: string = join(sdkFolder, 'v1.js')

/** The same with all plugins. */
export const sdkAllFile: string = join(sdkFolder, 'v1-all.js')

/** The script for embedded charts, which the build of `@trailstitch/embed` makes. */
export const chartScript: string = fileURLToPath(new URL('../dist/v1.js', import.meta.resolve('@trailstitch/embed')))

/** The demo shop of a clone, or undefined where there is none. */
export function demoShopFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../examples/demo-shop/public/', import.meta.url))
  return existsSync(folder) ? folder : undefined
}
