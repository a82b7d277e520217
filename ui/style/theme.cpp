#include "ui/style/theme.h"

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QPainter>
#include <QPalette>
#include <QSettings>
#include <QStandardPaths>
#include <QStyleFactory>
#include <QSvgRenderer>
#include <QToolTip>

namespace perceiver::ui {

namespace {

Theme current = Theme::dark;

QPalette paletteOf(const Colors& c) {
    QPalette p;
    p.setColor(QPalette::Window, c.background);
    p.setColor(QPalette::WindowText, c.text);
    p.setColor(QPalette::Base, c.panel);
    p.setColor(QPalette::AlternateBase, c.raised);
    p.setColor(QPalette::Text, c.text);
    p.setColor(QPalette::PlaceholderText, c.muted);
    p.setColor(QPalette::Button, c.raised);
    p.setColor(QPalette::ButtonText, c.text);
    p.setColor(QPalette::BrightText, c.text);
    p.setColor(QPalette::ToolTipBase, c.raised);
    p.setColor(QPalette::ToolTipText, c.text);
    p.setColor(QPalette::Highlight, c.latent);
    p.setColor(QPalette::HighlightedText, c.background);
    p.setColor(QPalette::Link, c.latent);
    p.setColor(QPalette::Mid, c.line);
    p.setColor(QPalette::Dark, c.line);
    p.setColor(QPalette::Light, c.raised);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, c.muted);
    return p;
}

/// @name stands for the colour of that role, so that the sheet reads as one does.
QString styleSheetOf(const Colors& c) {
    QString sheet = QStringLiteral(R"(
QToolTip { background: @raised; color: @text; border: 1px solid @line; border-radius: 4px; padding: 4px 6px; }
QToolButton, QPushButton { background: @raised; color: @text; border: 1px solid @line; border-radius: 8px; padding: 5px 10px; }
QToolButton:hover, QPushButton:hover { border-color: @muted; }
QToolButton:pressed, QPushButton:pressed { background: @track; }
QToolButton:checked { background: @track; border-color: @muted; }
QToolButton:focus, QPushButton:focus { border-color: @muted; }
QToolButton:disabled, QPushButton:disabled { color: @muted; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[square="true"] { padding: 0; }
QToolButton[quiet="true"] { background: transparent; border-color: transparent; color: @muted; padding: 2px 6px; border-radius: 4px; }
QToolButton[quiet="true"]:hover { color: @text; background: @raised; }
QToolButton[quiet="true"]:focus { border-color: @line; color: @text; }
QToolButton[segment] { background: @panel; color: @muted; border-color: @line; border-radius: 0; border-right-width: 0; }
QToolButton[segment]:hover { color: @text; border-color: @line; }
QToolButton[segment]:focus { text-decoration: underline; border-color: @line; }
QToolButton[segment]:checked { background: @raised; color: @text; }
QToolButton[segment="first"] { border-top-left-radius: 8px; border-bottom-left-radius: 8px; }
QToolButton[segment="last"] { border-top-right-radius: 8px; border-bottom-right-radius: 8px; border-right-width: 1px; }
QToolButton[tab="true"] { background: transparent; border: none; color: @muted; padding: 2px 6px; }
QToolButton[tab="true"]:hover, QToolButton[tab="true"]:checked { color: @text; }
QToolButton[tab="true"]:focus { text-decoration: underline; }
QCheckBox { color: @muted; spacing: 6px; }
QCheckBox:hover, QCheckBox:checked { color: @text; }
QCheckBox::indicator { width: 12px; height: 12px; border: 1px solid @muted; border-radius: 3px; background: @background; }
QCheckBox::indicator:checked { background: @cross; border-color: @cross; }
QCheckBox:focus { text-decoration: underline; }
QListWidget { background: transparent; color: @text; outline: none; }
QListWidget::item { padding: 2px 8px; border-radius: 4px; }
QListWidget::item:selected { background: @track; color: @text; }
QLineEdit, QSpinBox { background: @background; color: @text; border: 1px solid @line; border-radius: 4px; padding: 2px 6px;
    selection-background-color: @latent; selection-color: @background; }
QLineEdit:focus, QSpinBox:focus { border-color: @muted; }
QMenu { background: @raised; color: @text; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: @track; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QMenu::indicator { width: 0; height: 0; }
QMenu::item:checked { font-weight: 600; }
QProgressBar { background: @track; border: none; border-radius: 2px; }
QProgressBar::chunk { background: @cross; border-radius: 2px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @track; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: @cross; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: @text; }
QSlider::handle:horizontal:disabled { background: @muted; }
QSlider::sub-page:horizontal:disabled { background: @track; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 8px; }
QScrollBar:horizontal { height: 8px; }
QScrollBar::handle { background: @track; border-radius: 3px; margin: 1px; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QLabel { background: transparent; }
QLabel[role="heading"], QLabel[role="muted"] { color: @muted; }
QMainWindow::separator { background: @background; width: 4px; height: 4px; }
QMainWindow::separator:hover { background: @muted; }
QDockWidget { background: @panel; color: @text; }
)");
    const std::pair<const char*, QColor> roles[] = {{"@input", c.input},
                                                    {"@cross", c.cross},
                                                    {"@latent", c.latent},
                                                    {"@output", c.output},
                                                    {"@background", c.background},
                                                    {"@panel", c.panel},
                                                    {"@raised", c.raised},
                                                    {"@line", c.line},
                                                    {"@text", c.text},
                                                    {"@muted", c.muted},
                                                    {"@track", c.track}};
    for (const auto& [name, color] : roles) sheet.replace(QLatin1String(name), color.name());
    return sheet;
}

/// GTK keeps its settings in a file that any program may read; other desktops answer through Qt's palette.
QString gtkSetting(const QString& key) {
    for (const char* version : {"gtk-4.0", "gtk-3.0"}) {
        const QString file = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + '/' +
                             QLatin1String(version) + "/settings.ini";
        if (!QFile::exists(file)) continue;
        const QString value =
            QSettings(file, QSettings::IniFormat).value("Settings/" + key).toString().toLower();
        if (!value.isEmpty()) return value;
    }
    return {};
}

bool yes(const QString& value) { return value == "1" || value == "true"; }

}  // namespace

Theme theme() { return current; }
const Colors& colors() { return colorsOf(current); }

Theme systemTheme() {
    const bool dark = qgetenv("GTK_THEME").toLower().contains("dark") ||
                      yes(gtkSetting("gtk-application-prefer-dark-theme")) ||
                      gtkSetting("gtk-theme-name").contains("dark") ||
                      QGuiApplication::palette().color(QPalette::Window).lightness() < 128;
    return dark ? Theme::dark : Theme::light;
}

void useTheme(Theme wanted) {
    current = wanted;
    if (QApplication::style()->name().compare("fusion", Qt::CaseInsensitive) != 0 ||
        qApp->styleSheet().isEmpty())
        QApplication::setStyle(QStyleFactory::create("Fusion"));
    QApplication::setFont(textFont(Text::body));
    const QPalette palette = paletteOf(colors());
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
    QToolTip::setFont(textFont(Text::body));
    qApp->setStyleSheet(styleSheetOf(colors()));
}

QIcon icon(const QString& name, const QColor& color, int space) {
    QFile file(":/icons/" + name + ".svg");
    if (!file.open(QIODevice::ReadOnly)) return {};
    const QColor ink = color.isValid() ? color : colors().text;
    QSvgRenderer drawing(file.readAll().replace("currentColor", ink.name().toLatin1()));
    QPixmap pixmap(64 + 4 * space, 64);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    drawing.render(&painter, QRectF(0, 0, 64, 64));
    return QIcon(pixmap);
}

int motionMs() {
    static const bool still = gtkSetting("gtk-enable-animations") == "0" ||
                              gtkSetting("gtk-enable-animations") == "false" ||
                              !qEnvironmentVariableIsEmpty("PERCEIVERSCOPE_NO_MOTION");
    return still ? 0 : 120;
}

}  // namespace perceiver::ui
