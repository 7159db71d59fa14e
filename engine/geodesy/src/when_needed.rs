//! GDAL is loaded when one of its functions is first called; `build.rs` says why, and writes the entries.
#![expect(
    unsafe_code,
    reason = "a library is loaded, and its functions are entered, by the processor's own means"
)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

include!(concat!(env!("OUT_DIR"), "/gdal.rs"));

core::arch::global_asm!(include_str!(concat!(env!("OUT_DIR"), "/gdal.s")), options(att_syntax));

unsafe extern "C" {
    fn dlopen(name: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

/// `RTLD_NOW | RTLD_GLOBAL`: as the program's start would do.
const AT_ONCE_FOR_ALL: c_int = 0x102;

/// The address of the `index`-th function, which its slot holds from now on. Called by the entries.
///
/// Ends the process where GDAL is not there: so would its start without this.
#[unsafe(no_mangle)]
extern "C" fn lantu_gdal_function(index: usize, slots: *const AtomicPtr<c_void>) -> *mut c_void {
    static LIBRARY_AT: OnceLock<usize> = OnceLock::new();
    let library = *LIBRARY_AT.get_or_init(|| {
        // SAFETY: the name ends with a zero; the initializers of the libraries are those of a program's start.
        let library = unsafe { dlopen(LIBRARY.as_ptr(), AT_ONCE_FOR_ALL) };
        if library.is_null() { missing(LIBRARY) } else { library.expose_provenance() }
    });
    let Some(name) = FUNCTIONS.get(index) else { missing(c"a function of GDAL") };
    // SAFETY: the library was loaded and is never unloaded, the name ends with a zero.
    let function = unsafe { dlsym(std::ptr::with_exposed_provenance_mut(library), name.as_ptr()) };
    if function.is_null() {
        missing(name);
    }
    // SAFETY: the entries' table has a slot for each of the functions, and is only read and written whole. Threads that
    // come here together write the same.
    unsafe { (*slots.add(index)).store(function, Ordering::Relaxed) };
    function
}

/// Says what cannot be loaded, and why.
fn missing(name: &CStr) -> ! {
    // SAFETY: what is returned is null, or a text until the thread's next call.
    let why = unsafe {
        let why = dlerror();
        if why.is_null() { c"not found" } else { CStr::from_ptr(why) }
    };
    let text = format!("{} cannot be loaded: {}\n", name.to_string_lossy(), why.to_string_lossy());
    // Nothing can be done if nobody takes it.
    drop(std::io::stderr().write_all(text.as_bytes()));
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_once_and_entered_directly_from_then_on() {
        // SAFETY: the function takes a text that ends with a zero, and returns one or null.
        let version = || unsafe { CStr::from_ptr(gdal_sys::GDALVersionInfo(c"VERSION_NUM".as_ptr())) };
        let first = version().to_owned();
        assert!(first.to_bytes().len() >= 7 && first.to_bytes().iter().all(u8::is_ascii_digit), "{first:?}");
        assert_eq!(version(), first.as_c_str());
    }

    #[test]
    fn numbers_and_many_arguments_arrive_at_the_first_call() {
        // SAFETY: as above; the value is a plain number.
        let value = unsafe { gdal_sys::CPLAtof(c"2.5".as_ptr()) };
        assert!((value - 2.5).abs() < f64::EPSILON);
        let transform = [100.0, 2.0, 0.0, 200.0, 0.0, -2.0];
        let (mut x, mut y) = (0.0, 0.0);
        // SAFETY: six numbers are read and two written.
        unsafe {
            gdal_sys::GDALApplyGeoTransform(transform.as_ptr().cast_mut(), 3.0, 4.0, &raw mut x, &raw mut y);
        };
        assert_eq!((x, y), (106.0, 192.0));
    }
}
