export * from './blob/open.ts'
export * from './blob/port.ts'
export * from './deps.ts'
export type { Diagnosis } from './diagnosis.ts'
export * from './directory/erasures.ts'
export * from './directory/open.ts'
export * from './directory/port.ts'
export * from './directory/projects.ts'
export * from './directory/removals.ts'
export * from './errors.ts'
export * from './kv/open.ts'
export * from './kv/port.ts'
export * from './queue/open.ts'
export { isChunk, type Overflow, overflowPrefix, rejectedChunksPrefix } from './queue/overflow.ts'
export * from './queue/port.ts'
export * from './queue/redriver.ts'
export * from './queue/sender.ts'
export * from './replay.ts'
export { erasedBy, eraseKey, eraseKeysOf, isBodyErased, isReceivedOf } from './store/erasing.ts'
export * from './store/open.ts'
export * from './store/port.ts'
export type {
  CollectorNumbers,
  NumberRange,
  RecordKind,
  RecordKinds,
  RecordPage,
  StoreRecords,
} from './store/records.ts'
export { storeBackends } from './store/registry.ts'
export * from './unlink.ts'
