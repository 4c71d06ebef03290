export { type CollectorAppOptions, createCollectorApp } from './app.ts'
export { type CollectorLimits, type CollectorOptions, defaultLimits } from './collector.ts'
export { collectorPlugin } from './plugin.ts'
