/** What a queue is asked for, apart from BullMQ and ioredis: the package's declarations name neither. */
export interface RedisAddress {
  /** `redis://[user]:password@host:port/db`, or `rediss://` for TLS. Default: `FPRINCIPLE_REDIS`. */
  redis?: string | undefined;
  /** File of the certificate authority that signed the server's certificate. Default: `FPRINCIPLE_REDIS_CA`, or Node's. */
  redisCa?: string | undefined;
}

export interface QueueOptions extends RedisAddress {
  /** Name of the queue, for installations that keep several apart. */
  queue?: string | undefined;
  /** Whether the workers write into the sweep's folder themselves, which all machines have under the same path. */
  shared?: boolean | undefined;
  /** Runs a job. Default: about a second of work. */
  batch?: number | undefined;
}
