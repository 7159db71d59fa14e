//! Keeps GDAL from writing to stderr: its messages come back as text.
#![expect(unsafe_code, reason = "GDAL's error handler stack is a C interface")]

use std::ffi::{CStr, c_char, c_int, c_void};

/// Chosen: a broken file can raise an error per pixel; the first ones tell the story.
const MAX_MESSAGES: usize = 64;

/// Chosen: PROJ quotes whole WKT texts.
const MAX_MESSAGE_CHARS: usize = 300;

/// Runs `work` with GDAL's warnings and errors of this thread collected (at most 64 different ones) instead of
/// printed. Nested calls collect their own.
pub fn capture_gdal_errors<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    /// Takes the handler off the stack also when `work` unwinds.
    struct Pop;
    impl Drop for Pop {
        fn drop(&mut self) {
            // SAFETY: matches the push below; the stack belongs to this thread.
            unsafe { gdal_sys::CPLPopErrorHandler() };
        }
    }
    let mut messages: Vec<String> = Vec::new();
    let user: *mut c_void = std::ptr::from_mut(&mut messages).cast();
    // SAFETY: `collect` has the signature that GDAL asks for; `messages` outlives the matching pop, and nobody
    // touches it in between except `collect`, on this thread.
    unsafe { gdal_sys::CPLPushErrorHandlerEx(Some(collect), user) };
    let value = {
        let _pop = Pop;
        work()
    };
    (value, messages)
}

unsafe extern "C" fn collect(class: gdal_sys::CPLErr::Type, _number: c_int, text: *const c_char) {
    if class == gdal_sys::CPLErr::CE_Debug || text.is_null() {
        return;
    }
    // SAFETY: GDAL calls the handler with the pointer that was pushed with it, which is the Vec of
    // `capture_gdal_errors`, alive until the pop; `text` is a C string for the duration of the call.
    let (messages, text) = unsafe {
        let user = gdal_sys::CPLGetErrorHandlerUserData().cast::<Vec<String>>();
        let Some(messages) = user.as_mut() else { return };
        (messages, CStr::from_ptr(text).to_string_lossy())
    };
    let text: String = text.chars().take(MAX_MESSAGE_CHARS).collect();
    if messages.len() < MAX_MESSAGES && !messages.contains(&text) {
        messages.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gdal_complains_about_comes_back_as_text() {
        let (result, messages) = capture_gdal_errors(|| gdal::spatial_ref::SpatialRef::from_epsg(999_999));
        assert!(result.is_err());
        assert!(messages.iter().any(|m| m.contains("crs not found")), "{messages:?}");
    }
}
