//! The few calls of Windows that the standard library does not have: security descriptors as text (SDDL), files and folders
//! made with one, and a rename that replaces nothing.
//!
//! Text goes in and out; what it means is decided in `access.rs`. Every pointer lives for one call.

#![expect(
    unsafe_code,
    reason = "Windows has no safe interface for these calls, and no kept crate wraps them"
)]

use std::ffi::{OsStr, c_void};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::path::Path;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::{
    ERROR_SUCCESS, GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW, ConvertSidToStringSidW,
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1,
    SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetTokenInformation, OBJECT_SECURITY_INFORMATION,
    OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR,
    SECURITY_ATTRIBUTES, SetKernelObjectSecurity, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateDirectoryW, CreateFileW, DELETE, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_DELETE,
    FILE_SHARE_READ, FILE_SHARE_WRITE, MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH,
    MoveFileExW,
};
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::long_name::for_call;

/// What is read of a descriptor: the owner, and who may do what.
const READ: OBJECT_SECURITY_INFORMATION = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;

/// Memory that Windows allocated and that is given back.
struct Local(*mut c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: it comes from a call whose result is to be freed so, and is freed once.
        unsafe { LocalFree(self.0) };
    }
}

/// The security identifier of the user that the program runs as, such as `S-1-5-21-…-1001`.
///
/// # Errors
/// What the system says.
pub(super) fn this_user() -> io::Result<&'static str> {
    static USER: OnceLock<String> = OnceLock::new();
    if let Some(user) = USER.get() {
        return Ok(user);
    }
    let user = user_of_process()?;
    Ok(USER.get_or_init(|| user))
}

fn user_of_process() -> io::Result<String> {
    let mut token = null_mut();
    // SAFETY: the pseudo handle of this process is always valid, and `token` is written to.
    done(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &mut token) })?;
    // SAFETY: the call above succeeded, so that the handle is open and ours.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    let mut length = 0;
    // SAFETY: with no buffer only the length is written; it fails, as it is to.
    unsafe { GetTokenInformation(token.as_raw_handle(), TokenUser, null_mut(), 0, &mut length) };
    // Of words, so that it is aligned for what is in it.
    let mut buffer = vec![0_u64; (length as usize).div_ceil(8).max(size_of::<TOKEN_USER>())];
    // SAFETY: the buffer has at least `length` bytes.
    done(unsafe {
        let buffer = buffer.as_mut_ptr().cast();
        GetTokenInformation(token.as_raw_handle(), TokenUser, buffer, length, &mut length)
    })?;
    let mut text = null_mut();
    // SAFETY: the buffer begins with a TOKEN_USER, whose SID points into the same buffer.
    done(unsafe {
        let user = &*buffer.as_ptr().cast::<TOKEN_USER>();
        ConvertSidToStringSidW(user.User.Sid, &mut text)
    })?;
    let held = Local(text.cast());
    // SAFETY: the text ends with a zero and lives until `held` is dropped.
    let text = unsafe { text_at(text) };
    drop(held);
    Ok(text)
}

/// Owner and access list of an open file or folder, in SDDL.
///
/// # Errors
/// What the system says.
pub(super) fn descriptor(file: &File) -> io::Result<String> {
    let mut descriptor: PSECURITY_DESCRIPTOR = null_mut();
    // SAFETY: the handle is open, and only the descriptor is asked for.
    let code = unsafe {
        let handle = file.as_raw_handle();
        let none = null_mut;
        GetSecurityInfo(
            handle,
            SE_FILE_OBJECT,
            READ,
            none(),
            none(),
            null_mut(),
            null_mut(),
            &mut descriptor,
        )
    };
    if code != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(code.cast_signed()));
    }
    let _held = Local(descriptor);
    let mut text = null_mut();
    // SAFETY: the descriptor is valid until `_held` is dropped.
    done(unsafe {
        ConvertSecurityDescriptorToStringSecurityDescriptorW(
            descriptor,
            SDDL_REVISION_1,
            READ,
            &mut text,
            null_mut(),
        )
    })?;
    let _held_text = Local(text.cast());
    // SAFETY: the text ends with a zero and lives until `_held_text` is dropped.
    Ok(unsafe { text_at(text) })
}

/// Whether Wine runs the program: its `ntdll.dll` says so to a program that asks.
pub(super) fn is_wine() -> bool {
    // SAFETY: both names end with a zero, and the library is loaded in every process. Nothing that is found is called.
    unsafe {
        let library = GetModuleHandleA(c"ntdll.dll".as_ptr().cast());
        !library.is_null() && GetProcAddress(library, c"wine_get_version".as_ptr().cast()).is_some()
    }
}

/// Gives this process an access list.
///
/// # Errors
/// What the system says.
pub(super) fn protect_process(sddl: &str) -> io::Result<()> {
    let descriptor = parsed(sddl)?;
    let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    // SAFETY: the pseudo handle of this process is always valid, and the descriptor lives until the call is over.
    done(unsafe { SetKernelObjectSecurity(GetCurrentProcess(), what, descriptor.0) })
}

/// Makes a file that is not there yet, open to read and write, with the access list of `sddl`, or that of its folder.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub(super) fn create_file(path: &Path, sddl: Option<&str>) -> io::Result<File> {
    let name = wide(for_call(path)?.as_os_str())?;
    let descriptor = sddl.map(parsed).transpose()?;
    let attributes = descriptor.as_ref().map(attributes);
    let attributes = attributes.as_ref().map_or(null(), std::ptr::from_ref);
    // SAFETY: the name ends with a zero; name and attributes live until the call is over.
    let handle = unsafe {
        CreateFileW(
            name.as_ptr(),
            GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            attributes,
            CREATE_NEW,
            FILE_ATTRIBUTE_NORMAL,
            null_mut(),
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open and ours.
    Ok(File::from(unsafe { OwnedHandle::from_raw_handle(handle) }))
}

/// Makes a folder that is not there yet, with the access list of `sddl`, or that of the folder it is in.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub(super) fn create_folder(path: &Path, sddl: Option<&str>) -> io::Result<()> {
    let name = wide(for_call(path)?.as_os_str())?;
    let descriptor = sddl.map(parsed).transpose()?;
    let attributes = descriptor.as_ref().map(attributes);
    let attributes = attributes.as_ref().map_or(null(), std::ptr::from_ref);
    // SAFETY: the name ends with a zero; name and attributes live until the call is over.
    done(unsafe { CreateDirectoryW(name.as_ptr(), attributes) })
}

/// Renames within one disk, and comes back when that is on the disk. Replaces a file only if `replace` says so.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub(super) fn rename(from: &Path, to: &Path, replace: bool) -> io::Result<()> {
    let [from, to] = [from, to].map(|path| for_call(path).and_then(|name| wide(name.as_os_str())));
    let (from, to) = (from?, to?);
    let replace = if replace { MOVEFILE_REPLACE_EXISTING } else { 0 };
    // SAFETY: both names end with a zero and live until the call is over.
    done(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_WRITE_THROUGH | replace) })
}

/// Asks for the right to replace a file: the error of a rename does not say that another program has the file open.
///
/// # Errors
/// What the system says.
pub(super) fn try_to_replace(path: &Path) -> io::Result<()> {
    OpenOptions::new().access_mode(DELETE).open(path).map(drop)
}

fn parsed(sddl: &str) -> io::Result<Local> {
    let text = wide(OsStr::new(sddl))?;
    let mut descriptor: PSECURITY_DESCRIPTOR = null_mut();
    // SAFETY: the text ends with a zero, and the descriptor is written to.
    done(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &mut descriptor,
            null_mut(),
        )
    })?;
    Ok(Local(descriptor))
}

fn attributes(descriptor: &Local) -> SECURITY_ATTRIBUTES {
    SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.0,
        bInheritHandle: 0,
    }
}

/// # Errors
/// A name with a zero in it.
fn wide(text: &OsStr) -> io::Result<Vec<u16>> {
    let mut wide: Vec<u16> = text.encode_wide().collect();
    if wide.contains(&0) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    wide.push(0);
    Ok(wide)
}

/// # Safety
/// `text` points to UTF-16 that ends with a zero.
unsafe fn text_at(text: *const u16) -> String {
    let mut length = 0;
    // SAFETY: what is read lies before the zero, or is it.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: so many units are there.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) })
}

fn done(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
