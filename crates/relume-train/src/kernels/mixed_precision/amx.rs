//! A block of a product on Intel's matrix unit: eight registers of 16 rows of 64 bytes, and an instruction that
//! multiplies two of them. Four hold the sums of the block, two its left and two its right factors.
//!
//! Rust's intrinsics for these instructions are not stable yet, so they are written in assembly.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::sync::OnceLock;

/// Linux makes room for the registers' state only for a process that asks for it: `arch_prctl` with this request …
const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
/// … and this part of the state.
const XFEATURE_XTILEDATA: usize = 18;
const SYS_ARCH_PRCTL: usize = 158;

/// The shape of the registers, as `ldtilecfg` reads it.
#[repr(C, align(64))]
struct TileConfig {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    /// Bytes per row.
    widths: [u16; 16],
    rows: [u8; 16],
}

/// All eight registers at their full size.
static FULL_SIZE: TileConfig = TileConfig {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    widths: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// Whether the processor has the unit and the system lets this process use it.
pub(super) fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| processor_has_it() && system_allows_it())
}

fn processor_has_it() -> bool {
    const BF16: u32 = 1 << 22;
    const TILE: u32 = 1 << 24;
    __cpuid_count(0, 0).eax >= 7 && __cpuid_count(7, 0).edx & (BF16 | TILE) == BF16 | TILE
}

fn system_allows_it() -> bool {
    let result: isize;
    // SAFETY: this call takes two numbers and changes nothing in the process's memory; an older Linux answers with an
    // error.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") SYS_ARCH_PRCTL as isize => result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result == 0
}

/// Configures this thread's registers.
pub(super) fn begin() {
    assert!(is_available(), "a matrix unit");
    // SAFETY: the unit is there and allowed, and the configuration is a valid one.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const FULL_SIZE, options(nostack, readonly)) }
}

/// Releases this thread's registers, so that the system need not save them any more.
pub(super) fn end() {
    // SAFETY: a thread that calls this has called `begin`, so the unit is there.
    unsafe { asm!("tilerelease", options(nostack, nomem)) }
}

/// See [`Multiplier::multiply`](super::microkernel::Multiplier::multiply).
///
/// # Safety
/// This thread has called [`begin`]. `out` has 32 rows, `out_pitch` apart, of 32 numbers; from each place in `steps` on,
/// `left` has 32 rows of 32 numbers and `right` 16 rows of 32 pairs.
#[allow(clippy::too_many_arguments, reason = "three matrices")]
pub(super) unsafe fn multiply(
    out: *mut f32,
    out_pitch: usize,
    left: *const u16,
    left_pitch: usize,
    right: *const u32,
    right_pitch: usize,
    steps: &[[u32; 2]],
    accumulate: bool,
) {
    let half = 16;
    // SAFETY: the caller's promise: each load and store is of 16 rows of 64 bytes that lie inside the three matrices.
    // No other code keeps values in the registers.
    unsafe {
        asm!(
            "test {accumulate}, {accumulate}",
            "jnz 2f",
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "jmp 3f",
            "2:",
            "tileloadd tmm0, [{out} + {pitch}]",
            "tileloadd tmm1, [{out} + {pitch} + 64]",
            "tileloadd tmm2, [{out_lower} + {pitch}]",
            "tileloadd tmm3, [{out_lower} + {pitch} + 64]",
            "3:",
            "cmp {step}, {end}",
            "je 5f",
            "4:",
            "mov {place:e}, dword ptr [{step} + 4]",
            "lea {place}, [{right} + 4 * {place}]",
            "tileloadd tmm6, [{place} + {right_pitch}]",
            "tileloadd tmm7, [{place} + {right_pitch} + 64]",
            "mov {place:e}, dword ptr [{step}]",
            "lea {place}, [{left} + 2 * {place}]",
            "tileloadd tmm4, [{place} + {left_pitch}]",
            "add {place}, {left_lower}",
            "tileloadd tmm5, [{place} + {left_pitch}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {step}, 8",
            "cmp {step}, {end}",
            "jne 4b",
            "5:",
            "tilestored [{out} + {pitch}], tmm0",
            "tilestored [{out} + {pitch} + 64], tmm1",
            "tilestored [{out_lower} + {pitch}], tmm2",
            "tilestored [{out_lower} + {pitch} + 64], tmm3",
            accumulate = in(reg) usize::from(accumulate),
            out = in(reg) out,
            out_lower = in(reg) out.add(half * out_pitch),
            pitch = in(reg) out_pitch * size_of::<f32>(),
            step = inout(reg) steps.as_ptr() => _,
            end = in(reg) steps.as_ptr_range().end,
            left = in(reg) left,
            left_lower = in(reg) half * left_pitch * size_of::<u16>(),
            left_pitch = in(reg) left_pitch * size_of::<u16>(),
            right = in(reg) right,
            right_pitch = in(reg) right_pitch * size_of::<u32>(),
            place = out(reg) _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
