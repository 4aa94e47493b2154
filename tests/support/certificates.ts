/** Certificates of an authority made for one test, by `openssl`. Keys are good for nothing but that test. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface TestAuthority {
  /** File with the authority's certificate (PEM). */
  readonly caFile: string;
  /** A key and a certificate for a host name, signed by the authority. */
  issue(hostName: string): Promise<{ readonly key: string; readonly cert: string }>;
  /** Removes all files. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const openssl = (args: readonly string[]): Promise<unknown> => run("openssl", args);
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** @throws Error with what openssl said */
export async function createTestAuthority(): Promise<TestAuthority> {
  const directory = await mkdtemp(join(tmpdir(), "oxbow-certificates-"));
  const file = (name: string): string => join(directory, name);
  await openssl([
    ...["req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=test authority"],
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
  ]);
  return {
    caFile: file("ca.pem"),
    issue: async (hostName) => {
      const [key, request, cert, names] = ["key", "csr", "pem", "ext"].map((end) => file(`${hostName}.${end}`)) as [
        string,
        string,
        string,
        string,
      ];
      await writeFile(names, `subjectAltName=DNS:${hostName}\n`);
      await openssl(["req", ...newKey, "-subj", `/CN=${hostName}`, "-keyout", key, "-out", request]);
      await openssl([
        ...["x509", "-req", "-in", request, "-days", "2", "-CA", file("ca.pem"), "-CAkey", file("ca.key")],
        ...["-CAcreateserial", "-extfile", names, "-out", cert],
      ]);
      return { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
    },
    stop: () => rm(directory, { recursive: true, force: true }),
  };
}
