//! Arguments whose values the service may add to: help lists the known ones, newer ones are taken as they are.

use std::ffi::OsStr;
use std::marker::PhantomData;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, Error};
use el2g_service_api::OpenEnum;

/// Reads a value of `E` as [`OpenEnum::from_typed`] does.
#[derive(Debug, Clone)]
pub struct OpenValues<E>(PhantomData<E>);

/// The parser of arguments with values of `E`.
pub fn open_values<E>() -> OpenValues<E> {
    OpenValues(PhantomData)
}

impl<E: OpenEnum + Send + Sync> TypedValueParser for OpenValues<E> {
    type Value = E;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<E, Error> {
        let read = |text: &str| E::from_typed(text);
        TypedValueParser::parse_ref(&read, command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(E::KNOWN.iter().map(|known| PossibleValue::new(known.as_str()))))
    }
}
