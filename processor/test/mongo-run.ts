export { createMongoRun, type MongoRun } from '../../backends/test/fixtures/mongo-run.ts'
