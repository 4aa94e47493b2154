import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "commander";

const most = 64;

/** Reads the value of `--workers`. @throws {InvalidArgumentError} which commander puts behind the option's name */
export function workerCount(given: string): number {
  if (given === "auto") return Math.min(most, availableParallelism());
  const count = /^\d{1,2}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > most) throw new InvalidArgumentError(`It must be a number from 1 to ${most}, or auto.`);
  return count;
}
