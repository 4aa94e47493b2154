// @ts-check
/** Which Hazelcast the tests run against, and where its jar lies: in the local Maven repository. */
import { userInfo } from "node:os";
import { join } from "node:path";

export const hazelcastVersion = "5.7.0";

// The home of the user account, as Maven sees it: $HOME may say something else.
export const mavenRepository = join(userInfo().homedir, ".m2/repository");

export const hazelcastJar = join(
  mavenRepository,
  `com/hazelcast/hazelcast/${hazelcastVersion}/hazelcast-${hazelcastVersion}.jar`,
);
