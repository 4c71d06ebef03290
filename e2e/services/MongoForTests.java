import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.Set;

/**
 * A server of MongoDB's protocol for tests: {@code MongoForTests PORT [FILE]}, in memory or, with a file, durable. Port 0
 * takes a free one. Prints {@code listening PORT} once it is there.
 */
public final class MongoForTests {
    /** The driver wants wire version 9 at least; the library's newest says 8. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    };

    private static final Set<String> READS =
            Set.of("find", "aggregate", "count", "getMore", "hello", "isMaster", "ismaster", "ping", "listCollections");

    /** One message at a time, and an answer that later writes do not change: findAndModify answers with a live document. */
    private static final class InMemory extends MemoryBackend {
        @Override
        public synchronized Document handleMessage(MongoMessage message) {
            return super.handleMessage(message).cloneDeeply();
        }
    }

    /** What is answered is on the disk. */
    private static final class Durable extends H2Backend {
        private Durable(String file) {
            super(file);
        }

        @Override
        public synchronized Document handleMessage(MongoMessage message) {
            Document answer = super.handleMessage(message).cloneDeeply();
            if (!READS.contains(message.getDocument().keySet().iterator().next())) {
                commit();
            }
            return answer;
        }
    }

    public static void main(String[] args) {
        var backend = args.length > 1 ? new Durable(args[1]) : new InMemory();
        backend.version(VERSION);
        var server = new MongoServer(backend);
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        System.out.println("listening " + server.getLocalAddress().getPort());
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    }
}
