//! What lets a customer in: links of mails, passwords, the e-mail address. Each asks for a password, or for a link.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::types::{Example, Password};
use poem_openapi::{Object, OpenApi};

use super::Group;
use super::account::{Accepted, Done, LoginToken};
use super::bearer::Token;
use super::problem::Problem;
use crate::app::App;
use crate::error::{Error, Result};
use crate::shop::accounts;

/// The token of a mail's link, with the account's password.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Confirmation {
    /// What stands after `token=` in the mail.
    #[oai(validator(max_length = 64))]
    token: String,
    /// The account's. The mail proves the address, the password that the account is yours.
    #[oai(validator(max_length = 256))]
    password: Password,
}

/// The token of a mail's link, and the password to set.
#[derive(Debug, Object)]
#[oai(example)]
pub struct NewPasswordByLink {
    /// What stands after `token=` in the mail.
    #[oai(validator(max_length = 64))]
    token: String,
    /// At least 8 characters, and not one that everybody uses.
    #[oai(validator(max_length = 256))]
    password: Password,
}

/// A password in place of another.
#[derive(Debug, Object)]
#[oai(example)]
pub struct NewPassword {
    /// The present one.
    #[oai(validator(max_length = 256))]
    password: Password,
    /// At least 8 characters, and not one that everybody uses.
    #[oai(validator(max_length = 256))]
    new_password: Password,
}

/// Another e-mail address.
#[derive(Debug, Object)]
#[oai(example)]
pub struct NewEmail {
    /// Where the link to confirm it goes.
    #[oai(validator(max_length = 254))]
    email: String,
    /// The account's.
    #[oai(validator(max_length = 256))]
    password: Password,
}

/// As in a mail.
const TOKEN_EXAMPLE: &str = "3q2-7wAAbEFzX1l9Qm8tVdYh0rPjKsLuNcWgIxZvTe4";
const PASSWORD_EXAMPLE: &str = "a long sentence of one's own";

impl Example for Confirmation {
    fn example() -> Confirmation {
        Confirmation { token: TOKEN_EXAMPLE.to_owned(), password: Password(PASSWORD_EXAMPLE.to_owned()) }
    }
}

impl Example for NewPasswordByLink {
    fn example() -> NewPasswordByLink {
        NewPasswordByLink { token: TOKEN_EXAMPLE.to_owned(), password: Password(PASSWORD_EXAMPLE.to_owned()) }
    }
}

impl Example for NewPassword {
    fn example() -> NewPassword {
        let new_password = Password("another sentence that nobody guesses".to_owned());
        NewPassword { password: Password(PASSWORD_EXAMPLE.to_owned()), new_password }
    }
}

impl Example for NewEmail {
    fn example() -> NewEmail {
        NewEmail { email: "ada@example.org".to_owned(), password: Password(PASSWORD_EXAMPLE.to_owned()) }
    }
}

pub struct CredentialsApi;

#[OpenApi]
impl CredentialsApi {
    /// Confirms a new account's address: from now on its owner can log in.
    #[oai(
        path = "/account/confirm",
        method = "post",
        operation_id = "confirm_account",
        tag = "Group::Account"
    )]
    async fn confirm(&self, app: Data<&Arc<App>>, body: Json<Confirmation>) -> Result<Done, Problem> {
        let confirmed = accounts::confirm_email(&app, &body.token, &body.password.0).await?;
        confirmed.ok_or_else(dead_link)?;
        Ok(Done::Done)
    }

    /// Sets a new password by the link of a mail that `request_reset` asked for. All logins end.
    #[oai(
        path = "/account/reset/confirm",
        method = "post",
        operation_id = "reset_password",
        tag = "Group::Account"
    )]
    async fn reset(&self, app: Data<&Arc<App>>, body: Json<NewPasswordByLink>) -> Result<Done, Problem> {
        let NewPasswordByLink { token, password } = body.0;
        if !accounts::reset_password(&app, &token, password.0).await? {
            return Err(dead_link().into());
        }
        Ok(Done::Done)
    }

    /// Changes the password. All logins end; the answer has the token with which this one goes on.
    #[oai(
        path = "/account/password",
        method = "put",
        operation_id = "change_password",
        tag = "Group::Account"
    )]
    async fn change_password(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        body: Json<NewPassword>,
    ) -> Result<Json<LoginToken>, Problem> {
        let who = token.customer(&app).await?;
        let NewPassword { password, new_password } = body.0;
        let changed = accounts::change_password(&app, &who, &password.0, new_password.0).await;
        Ok(Json(LoginToken { token: changed.map_err(renamed)?.token }))
    }

    /// Asks for another e-mail address. It is in force once the link of the mail to it is confirmed.
    #[oai(path = "/account/email", method = "post", operation_id = "change_email", tag = "Group::Account")]
    async fn change_email(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        body: Json<NewEmail>,
    ) -> Result<Accepted, Problem> {
        let who = token.customer(&app).await?;
        accounts::change_email(&app, &who, &body.email, &body.password.0).await.map_err(renamed)?;
        Ok(Accepted::Accepted)
    }

    /// Confirms another e-mail address. All logins end.
    #[oai(
        path = "/account/email/confirm",
        method = "post",
        operation_id = "confirm_email",
        tag = "Group::Account"
    )]
    async fn confirm_email(&self, app: Data<&Arc<App>>, body: Json<Confirmation>) -> Result<Done, Problem> {
        let confirmed = accounts::confirm_new_email(&app, &body.token, &body.password.0).await?;
        confirmed.ok_or_else(dead_link)?;
        Ok(Done::Done)
    }
}

fn dead_link() -> Error {
    Error::field("token", "account.link_dead")
}

/// Wrong fields under the names of this document.
fn renamed(error: Error) -> Error {
    let Error::Invalid(mut errors) = error else { return error };
    for wrong in &mut errors.0 {
        match wrong.field.as_str() {
            "password_old" | "email_password" => wrong.field = "password".to_owned(),
            "password_new" => wrong.field = "new_password".to_owned(),
            "email_new" => wrong.field = "email".to_owned(),
            _ => {}
        }
    }
    Error::Invalid(errors)
}
