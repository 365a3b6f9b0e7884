// A small RISC-V machine whose MMU is this package: RV64I in part, Sv39, one hart, no devices. The guest's kernel switches translation on, its
// program touches memory that is not mapped, and the kernel's page fault handler maps it. Page tables lie in the guest's RAM, and are walked there:
// the walker sets accessed and dirty bits as the hardware would.
//   node test/examples/riscv-emulator.mjs
import { Allowed, Engine, Machine, Thread, Verdict, riscvTrees } from "pagemirror";

const RAM_AT = 0x80000000, RAM_BYTES = 2 ** 20, SATP = 0x180, STVEC = 0x105, SEPC = 0x141, SCAUSE = 0x142, STVAL = 0x143;
const engine = await Engine.create({ threads: 1, systemFrames: 64, workspaceBytes: Machine.bytes(16) + RAM_BYTES }), thread = Thread.register(engine);
const mmu = Machine.create(thread, 16), ram = new DataView(engine.handle.memory.buffer, mmu.window(BigInt(RAM_AT), RAM_BYTES), RAM_BYTES);

/** A trap that the guest handles: its cause and the address. */
class Trap { constructor(cause, value) { this.cause = cause; this.value = value; } }
/** Causes: of an access to what is mapped nowhere, and to where no memory is; what the access wants of the tables. */
const FETCH = { pageFault: 12n, accessFault: 1n, user: Allowed.USER_EXECUTE, kernel: Allowed.EXECUTE };
const LOAD = { pageFault: 13n, accessFault: 5n, user: Allowed.USER_READ, kernel: Allowed.READ };
const STORE = { pageFault: 15n, accessFault: 7n, user: Allowed.USER_WRITE, kernel: Allowed.WRITE };

class Hart {
  x = new BigUint64Array(32);
  pc = BigInt(RAM_AT);
  csr = new Map();
  isUser = false;
  tree = undefined; // no translation until satp is written
  known = new Map(); // this hart's TLB: page and access to page
  counts = { instructions: 0, walks: 0, faults: 0 };

  /** Where an address is in RAM. */
  translate(va, access) {
    const at = Number(this.tree ? this.pageOf(va, access) + (va & 0xfffn) : va) - RAM_AT;
    if (at < 0 || at > RAM_BYTES - 8) throw new Trap(access.accessFault, va);
    return at;
  }
  pageOf(va, access) {
    const wanted = this.isUser ? access.user : access.kernel, key = Number(va >> 12n) * 64 + wanted, known = this.known.get(key);
    if (known !== undefined) return known;
    const { verdict, pa } = mmu.walk(this.tree, va, wanted, true);
    this.counts.walks++;
    if (verdict !== Verdict.LEAF) throw new Trap(access.pageFault, va);
    this.known.set(key, pa & ~0xfffn);
    return pa & ~0xfffn;
  }
  write(csr, value) {
    this.csr.set(csr, value);
    if (csr === SATP) this.tree = value >> 60n ? riscvTrees(value, { hardwareAD: true }).trees[0].tree : undefined;
  }
  /** One instruction; false when the program is done. */
  step() {
    const { x, pc } = this, code = ram.getUint32(this.translate(pc, FETCH), true), signed = BigInt(code | 0);
    const rd = code >> 7 & 31, funct = code >> 12 & 7, a = x[code >> 15 & 31], b = x[code >> 20 & 31], immediate = signed >> 20n;
    let next = pc + 4n, result;
    switch (code & 127) {
      case 0x37: result = signed >> 12n << 12n; break; // lui
      case 0x13: result = [a + immediate, a << (immediate & 63n), , , a ^ immediate, a >> (immediate & 63n), a | immediate, a & immediate][funct]; break;
      case 0x33: result = code >>> 30 ? a - b : [a + b, , , , a ^ b, , a | b, a & b][funct]; break;
      case 0x03: result = ram.getBigUint64(this.translate(BigInt.asUintN(64, a + immediate), LOAD), true); break; // ld
      case 0x23: ram.setBigUint64(this.translate(BigInt.asUintN(64, a + (signed >> 25n << 5n | BigInt(rd))), STORE), b, true); break; // sd
      case 0x63: // beq, bne
        if ((a === b) === (funct === 0)) next = pc + (signed >> 31n << 12n | BigInt((code >> 7 & 1) << 11 | (code >> 25 & 63) << 5 | (code >> 8 & 15) << 1));
        break;
      case 0x73: // system
        if (funct) { // csrrw, csrrs
          result = this.csr.get(code >>> 20) ?? 0n;
          if (funct === 1) this.write(code >>> 20, a);
        }
        else if (code >>> 25 === 9) this.known.clear(); // sfence.vma
        else if (code >>> 20 === 0x102) { next = this.csr.get(SEPC); this.isUser = true; } // sret
        else return false; // ecall: the program is done
        break;
      default: throw new Error(`instruction 0x${code.toString(16)} at 0x${pc.toString(16)}`);
    }
    if (rd && result !== undefined) x[rd] = result;
    this.pc = BigInt.asUintN(64, next);
    this.counts.instructions++;
    return true;
  }
  run() {
    for (;;) try { if (!this.step()) return; } catch (trap) {
      if (!(trap instanceof Trap)) throw trap;
      this.counts.faults++;
      for (const [csr, value] of [[SEPC, this.pc], [SCAUSE, trap.cause], [STVAL, trap.value]]) this.csr.set(csr, value);
      this.pc = this.csr.get(STVEC);
      this.isUser = false;
    }
  }
}

// An assembler of as much as this guest needs.
const i = (op, funct) => (rd, rs, value) => (value << 20 | rs << 15 | funct << 12 | rd << 7 | op) >>> 0;
const addi = i(0x13, 0), slli = i(0x13, 1), srli = i(0x13, 5), ld = i(0x03, 3), csrw = (csr, rs) => i(0x73, 1)(0, rs, csr), csrr = (rd, csr) => i(0x73, 2)(rd, 0, csr);
const lui = (rd, value) => (value << 12 | rd << 7 | 0x37) >>> 0, add = (rd, a, b) => b << 20 | a << 15 | rd << 7 | 0x33;
const sd = (from, rs, value) => (value >> 5 << 25 | from << 20 | rs << 15 | 3 << 12 | (value & 31) << 7 | 0x23) >>> 0;
const bne = (a, b, by) => ((by >> 12 & 1) << 31 | (by >> 5 & 63) << 25 | b << 20 | a << 15 | 1 << 12 | (by >> 1 & 15) << 8 | (by >> 11 & 1) << 7 | 0x63) >>> 0;
const SFENCE = 0x12000073, SRET = 0x10200073, ECALL = 0x73, put = (at, ...code) => code.forEach((word, n) => ram.setUint32(at + 4 * n, word, true));

// The guest. Its RAM: boot code, the fault handler, the program; a root and three tables below it; frames that the handler gives out.
const HANDLER = 0x100, PROGRAM = 0x1000, ROOT = 0x2000, MIDDLE = 0x3000, CODE = 0x4000, DATA = 0x5000, FRAMES = 0x10000, N = 1500;
const pte = (at, flags) => BigInt(RAM_AT + at) >> 2n | BigInt(flags), item = (table, index, word) => ram.setBigUint64(table + 8 * index, word, true);
const [T0, T1, T2, BASE, COUNT, END, SUM, VALUE] = [5, 30, 31, 10, 11, 12, 13, 14];
put(0, csrw(SATP, BASE), SFENCE, csrw(STVEC, COUNT), csrw(SEPC, END), SRET);
put(HANDLER, csrr(T0, STVAL), srli(T0, T0, 12), slli(T0, T0, 55), srli(T0, T0, 52), add(T0, T0, T2), // the item of the page's leaf table
  sd(T1, T0, 0), addi(T1, T1, 1024), SFENCE, SRET); // maps the next frame there
put(PROGRAM, lui(BASE, 0x400), addi(COUNT, 0, 0), addi(END, 0, N),
  sd(COUNT, BASE, 0), addi(BASE, BASE, 8), addi(COUNT, COUNT, 1), bne(COUNT, END, -12), // writes 0 to N - 1
  lui(BASE, 0x400), addi(COUNT, 0, 0), addi(SUM, 0, 0),
  ld(VALUE, BASE, 0), add(SUM, SUM, VALUE), addi(BASE, BASE, 8), addi(COUNT, COUNT, 1), bne(COUNT, END, -16), // adds them up
  lui(BASE, 0x500), ld(VALUE, BASE, 0), ECALL); // reads a page that nobody writes
item(ROOT, 0, pte(MIDDLE, 0x01));
item(ROOT, 2, pte(0, 0x0f)); // 1 GiB from RAM_AT on, where it is: the kernel's
item(MIDDLE, 0, pte(CODE, 0x01));
item(MIDDLE, 2, pte(DATA, 0x01));
item(CODE, 16, pte(PROGRAM, 0x1b)); // 0x10000: read, execute, the user's
const hart = new Hart();
hart.x[BASE] = 8n << 60n | BigInt(RAM_AT + ROOT) >> 12n;
hart.x[COUNT] = BigInt(RAM_AT + HANDLER);
hart.x[END] = 0x10000n;
hart.x[T1] = pte(FRAMES, 0x17); // read, write, the user's; neither accessed nor dirty
hart.x[T2] = BigInt(RAM_AT + DATA);
hart.run();

const { instructions, walks, faults } = hart.counts;
console.log(`sum ${hart.x[SUM]}, ${instructions} instructions, ${faults} page faults, ${walks} walks`);
for (let index = 0; index < 512; index++) {
  const word = ram.getBigUint64(DATA + 8 * index, true), bits = [[6n, "accessed"], [7n, "dirty"]].filter(([at]) => word >> at & 1n).map(([, name]) => name);
  if (word) console.log(`0x${(0x400000 + index * 4096).toString(16)} -> 0x${(word >> 10n << 12n).toString(16)}  ${bits.join(", ")}`);
}
