import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The script for pages, which the sdk's build makes. It may appear later: the collector looks when it is asked for. */
export const sdkFile: string = fileURLToPath(new URL('../dist/v1.js', import.meta.resolve('@trailstitch/sdk')))

/** The package's built modules. */
export const sdkFolder: string = fileURLToPath(new URL('../dist/', import.meta.resolve('@trailstitch/sdk')))

/** The demo shop of a clone, or undefined where there is none. */
export function demoShopFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../examples/demo-shop/public/', import.meta.url))
  return existsSync(folder) ? folder : undefined
}
