/** A real Slurm on loopback: controller and two nodes on this machine, with munge, as root, without systemd. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kill9, pause } from './chaos.js';
import { freePort } from './redis.js';

const has = (tool: string): boolean => spawnSync('which', [tool]).status === 0;

/** Why Slurm cannot be tested here, `undefined` where it can. */
export const noSlurm: string | undefined =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'the tests start munge and slurmd as root'
    : ['slurmctld', 'slurmd', 'munged', 'sbatch', 'runuser'].every(has)
      ? undefined
      : 'slurm-wlm and munge are not installed';

export class SlurmCluster {
  readonly #daemons = new Map<string, ChildProcess>();
  readonly #configuration: string;

  constructor(readonly folder: string) {
    this.#configuration = join(folder, 'slurm.conf');
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, SLURM_CONF: this.#configuration };
  }

  async start(): Promise<void> {
    const { folder } = this;
    const munge = join(folder, 'munge');
    for (const path of [munge, join(folder, 'state'), join(folder, 'log')]) await mkdir(path, { recursive: true });
    // Munge runs as a user of its own and must reach its socket.
    for (const path of [dirname(folder), folder, munge]) await chmod(path, 0o755);
    const id = (kind: string): number => Number(spawnSync('id', [kind, 'munge'], { encoding: 'utf8' }).stdout);
    const [user, group] = [id('-u'), id('-g')];
    await writeFile(join(munge, 'key'), randomBytes(128), { mode: 0o400 });
    for (const path of [join(munge, 'key'), munge]) await chown(path, user, group);
    const socket = join(munge, 'munge.socket');
    const files = [`--socket=${socket}`, `--key-file=${join(munge, 'key')}`, `--pid-file=${join(munge, 'munged.pid')}`];
    const more = [`--log-file=${join(munge, 'munged.log')}`, `--seed-file=${join(munge, 'seed')}`];
    this.#daemon('munged', 'runuser', ['-u', 'munge', '--', 'munged', '--foreground', ...files, ...more]);
    const ports = [await freePort(), await freePort(), await freePort()];
    await writeFile(this.#configuration, this.#settings(socket, ports));
    for (let i = 0; spawnSync('munge', ['-n', `--socket=${socket}`]).status !== 0; i++) {
      if (i === 300) throw new Error('munged does not answer');
      await pause(100);
    }
    this.#daemon('slurmctld', 'slurmctld', ['-D', '-c', '-f', this.#configuration]);
    await this.startNode('n1');
    await this.startNode('n2');
    await this.#untilIdle(2);
  }

  async startNode(name: string): Promise<void> {
    this.#daemon(name, 'slurmd', ['-D', '-c', '-N', name, '-f', this.#configuration]);
  }

  /** Kills a node: its daemon and every process of the steps that run there, with -9. */
  async killNode(name: string): Promise<void> {
    const daemon = this.#daemons.get(name)!;
    const doomed = await processesOf(name, this.folder);
    await kill9(daemon);
    for (const pid of doomed) kill(pid);
  }

  /** Starts a killed node again and waits until both are ready. */
  async revive(name: string): Promise<void> {
    await this.startNode(name);
    await pause(300);
    spawnSync('scancel', ['--user=root'], { env: this.environment });
    spawnSync('scontrol', ['update', `nodename=${name}`, 'state=resume'], { env: this.environment });
    await this.#untilIdle(2);
  }

  async stop(): Promise<void> {
    spawnSync('scancel', ['--user=root'], { env: this.environment });
    for (const name of ['n1', 'n2', 'slurmctld', 'munged']) {
      const daemon = this.#daemons.get(name);
      if (daemon) await kill9(daemon);
    }
    for (const name of ['n1', 'n2']) for (const pid of await processesOf(name, this.folder)) kill(pid);
    // runuser's child.
    const pid = Number(await readFile(join(this.folder, 'munge/munged.pid'), 'utf8').catch(() => ''));
    if (pid > 0) kill(pid);
  }

  #daemon(name: string, command: string, args: string[]): void {
    this.#daemons.set(name, spawn(command, args, { env: this.environment, stdio: 'ignore' }));
  }

  async #untilIdle(nodes: number): Promise<void> {
    for (;;) {
      const { stdout } = spawnSync('sinfo', ['-h', '-N', '-o', '%T'], { env: this.environment, encoding: 'utf8' });
      if (stdout?.split('\n').filter((state) => state === 'idle').length === nodes) return;
      await pause(200);
    }
  }

  #settings(socket: string, [controller, n1, n2]: number[]): string {
    const { folder } = this;
    const node = (name: string, port: number): string =>
      `NodeName=${name} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${port} CPUs=1 RealMemory=4000 State=UNKNOWN`;
    return `ClusterName=local
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${socket}
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SwitchType=switch/none
SlurmdTimeout=10
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/log/slurmctld.log
SlurmdLogFile=${folder}/log/slurmd-%n.log
SchedulerParameters=sched_interval=2,bf_interval=5
${node('n1', n1!)}
${node('n2', n2!)}
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
`;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

/** Processes of a node's steps, told by their environment, and the step daemons that are their parents. */
async function processesOf(node: string, folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const read = (pid: number, file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const found = new Set<number>();
  for (const pid of pids) {
    const environment = await read(pid, 'environ');
    if (!environment.includes(`SLURMD_NODENAME=${node}\0`) || !environment.includes(folder)) continue;
    found.add(pid);
    const parent = Number(/^PPid:\s*(\d+)/m.exec(await read(pid, 'status'))?.[1]);
    if ((await read(parent, 'cmdline')).startsWith('slurmstepd')) found.add(parent);
  }
  found.delete(process.pid);
  return [...found];
}
