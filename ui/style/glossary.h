// The words of the field that the window shows, each explained once, in a sentence and with where it comes from. Every
// explanation of a term is taken from here; a widget's own words say what it does.
#pragma once

#include <QRegularExpression>
#include <QString>
#include <vector>

namespace perceiver::ui {

struct Term {
    QString word;              ///< as it stands before its explanation
    QRegularExpression shown;  ///< how the window writes it
    QString sentence;
    QString source;  ///< a section or table of the paper ("Perceiver", Jaegle et al. 2021), or whose the term is
};
const std::vector<Term>& glossary();

/// What a tooltip says, as rich text: what the thing pointed at says of itself (plain or rich), and below it every term
/// that stands in `shown`, explained. Empty where both have nothing to say.
QString explained(const QString& says, const QString& shown);

}  // namespace perceiver::ui
