//! Which ways to pay the shop offers.

use super::Env;

/// A provider of `MERCER_PAYMENT`. Hosted-page providers join this enum; no card ever touches the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMethod {
    /// Bank transfer and pay on delivery: a person confirms the money.
    Manual,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct PaymentConfig {
    /// `MERCER_PAYMENT`, in the order in which checkout offers them.
    pub methods: Vec<PaymentMethod>,
}

impl PaymentConfig {
    pub fn from_env(env: &mut Env) -> PaymentConfig {
        let text = env.text("MERCER_PAYMENT").unwrap_or_else(|| "manual".to_owned());
        let names: Vec<&str> = text.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
        if names.is_empty() || names.iter().any(|name| *name != "manual") {
            env.wrong("MERCER_PAYMENT", "manual (the one provider of this version)");
        }
        PaymentConfig { methods: vec![PaymentMethod::Manual] }
    }
}
